import type { CaseDetail, CaseSummary } from '../shared/api/schemas.ts';
import type { Story } from '../shared/case-index/story.ts';
import type { Severity } from '../shared/contract/observation.ts';
import { RemediationError } from '../shared/errors.ts';
import { type CaseState, caseStates } from '../shared/ledger/format/states.ts';

/** Which cases are wanted; absent means any. Without a state those that are open. */
export interface CaseSelection {
  readonly subscription?: readonly string[];
  readonly control?: readonly string[];
  readonly state?: readonly CaseState[];
  readonly severity?: readonly Severity[];
}

/** Cases, and how many there are that cannot be listed. */
export interface CaseListing {
  readonly cases: readonly CaseSummary[];
  /** Cases that may belong there and are not among them: a sentence each. */
  readonly missing: readonly string[];
}

/** One case as it is shown. What only the service knows is absent where the tables were read. */
export interface ShownCase
  extends Omit<CaseDetail, 'options' | 'hash' | 'story'>, Partial<Pick<CaseDetail, 'options'>> {
  readonly story: Story;
}

/** Where cases are read from: the service, or its tables. */
export interface CaseSource {
  list(filter: CaseSelection): Promise<CaseListing>;
  /** Every case whose id begins so, open or closed, as far as the source keeps them. */
  begin(id: string, filter: Pick<CaseSelection, 'subscription'>): Promise<CaseListing>;
  show(summary: CaseSummary): Promise<ShownCase>;
}

export const openStates = caseStates.filter((state) => state !== 'closed');

/**
 * The one case that an id, or its beginning, names. `what` completes "Cannot ...".
 * @throws RemediationError for one that names none, or several
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

/** Cases that a listing lacks, in sentences. */
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
