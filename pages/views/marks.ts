import type { IndexedCase } from '../../shared/case-index/indexed-case.ts';
import type { Severity } from '../../shared/contract/observation.ts';
import { placeOf } from '../../shared/words/place.ts';
import { casePath } from './format.ts';
import { html, type Html, nothing } from './html.ts';
import { closeWords } from '../../shared/words/close.ts';
import { holdWords } from '../../shared/words/hold.ts';
import { severityWords } from '../../shared/words/severity.ts';
import { stateWords } from '../../shared/words/state.ts';
import { wordFor } from '../../shared/words/known-word.ts';

export function severityMark(severity: Severity): Html {
  return html`<span class="mark ${severity}">${severityWords[severity]}</span>`;
}

export function stateMark({ state }: Pick<IndexedCase, 'state'>): Html {
  return html`<span class="state${state === 'awaiting-decision' ? ' ask' : ''}">${stateWords[state]}</span>`;
}

/** The reason for a case's state, in a few words; nothing if the state itself says it. */
export function becauseOf({ state, hold, closed }: IndexedCase): string {
  if (state === 'closed') {
    return wordFor(closeWords, closed);
  }
  return state === 'held' && hold !== undefined ? wordFor(holdWords, hold.reason) : '';
}

/** The name of a resource, with its place below. */
export function resourceLink(indexed: IndexedCase): Html {
  const { name, type, group } = placeOf(indexed.resource);
  return html`<a href="${casePath(indexed.chain, indexed.caseId)}"><bdi>${name}</bdi></a>
    <span class="under">${type}${group === undefined ? nothing : html` in <bdi>${group}</bdi>`}</span>`;
}
