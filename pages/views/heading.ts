import { dataOf, type IndexedCase } from '../../shared/case-index/indexed-case.ts';
import type { ControlWords } from '../../shared/words/control.ts';
import { caseHeading } from '../../shared/words/heading.ts';
import { stateWords } from '../../shared/words/state.ts';
import { html, type Html, nothing } from './html.ts';

/** What is wrong, as the heading of a case. A closed case says first that it is closed. */
export function headingOf(indexed: IndexedCase, controls: readonly ControlWords[]): Html {
  const { before, name, after } = caseHeading(controls, dataOf(indexed));
  const closed = indexed.state === 'closed' ? `${stateWords.closed}: ` : nothing;
  return html`${closed}${before}<bdi>${name}</bdi>${after}`;
}
