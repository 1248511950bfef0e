import type { CaseDetail, CaseSummary } from '../shared/api/schemas.ts';
import type { Story } from '../shared/case-index/story.ts';
import type { Severity } from '../shared/contract/observation.ts';
import { RemediationError } from '../shared/errors.ts';
import { type CaseState, caseStates } from '../shared/ledger/format/states.ts';

/** A selection of cases; an absent member means any. Without a state the open cases are selected. */
export interface CaseSelection {
  readonly subscription?: readonly string[];
  readonly control?: readonly string[];
  readonly state?: readonly CaseState[];
  readonly severity?: readonly Severity[];
}

/** Cases, and remarks on cases that cannot be listed. */
export interface CaseListing {
  readonly cases: readonly CaseSummary[];
  /** One sentence for each group of cases that may belong to the list and are missing. */
  readonly missing: readonly string[];
}

/** One case with its details. Details that only the service knows are absent if the tables were read. */
export interface ShownCase
  extends Omit<CaseDetail, 'options' | 'hash' | 'story'>, Partial<Pick<CaseDetail, 'options'>> {
  readonly story: Story;
}

/** A source of cases: the service, or its tables. */
export interface CaseSource {
  list(filter: CaseSelection): Promise<CaseListing>;
  /** Every case whose id begins with `id`, open or closed, as far as the source keeps them. */
  begin(id: string, filter: Pick<CaseSelection, 'subscription'>): Promise<CaseListing>;
  show(summary: CaseSummary): Promise<ShownCase>;
}

export const openStates = caseStates.filter((state) => state !== 'closed');

/**
 * The one case whose id begins with `id`. `what` completes "Cannot ...".
 * @throws RemediationError if no case matches, or several do
 */
export function oneCase(what: string, id: string, { cases, missing }: CaseListing): CaseSummary {
  const found = cases.filter((each) => each.case.toLowerCase().startsWith(id));
  const exact =
    found.find((each) => each.case.toLowerCase() === id) ?? (found.length === 1 ? found[0] : undefined);
  if (exact === undefined) {
    throw new RemediationError(
      'malformed-input',
      found.length === 0
        ? `Cannot ${what} the case "${id}": ${noneText(what, missing)}`
        : `Cannot ${what} the case "${id}": ${found.length} cases begin so; expected more of the id`,
    );
  }
  return exact;
}

/** Sentences on the cases that a listing lacks. */
export function missingIn(counts: {
  readonly unreadable: number;
  readonly left: number;
  readonly leftClosed: number;
}): readonly string[] {
  const { unreadable, left, leftClosed } = counts;
  return [
    ...(unreadable > 0
      ? [`${unreadable} rows of the ledger cannot be read, and what they hold is not listed`]
      : []),
    ...(left > 0 ? [`${left} open cases did not fit into the memory of the service`] : []),
    ...(leftClosed > 0
      ? [`${leftClosed} cases that were closed in the last 30 days did not fit either`]
      : []),
  ];
}

function noneText(what: string, missing: readonly string[]): string {
  const none = what === 'show' ? 'no case has this id' : 'no open case has this id';
  return [`${none}; the page of a case shows it, and "leakstop cases" lists them`, ...missing].join('; ');
}
