import { dataOf, type IndexedCase } from '../../shared/case-index/indexed-case.ts';
import type { ControlWords } from '../../shared/words/control.ts';
import { caseHeading } from '../../shared/words/heading.ts';
import { stateWords } from '../../shared/words/state.ts';
import { html, type Html, nothing } from './html.ts';

/** The drift as the heading of a case. The heading of a closed case says first that the case is closed. */
export function headingOf(indexed: IndexedCase, controls: readonly ControlWords[]): Html {
  const { before, name, after } = caseHeading(controls, dataOf(indexed));
  const closed = indexed.state === 'closed' ? `${stateWords.closed}: ` : nothing;
  return html`${closed}${before}<bdi>${name}</bdi>${after}`;
}
