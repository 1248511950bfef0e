import type { Clock } from '../clock.ts';
import type { Case } from '../case/draft.ts';
import { caseOf, readCases } from '../case/draft.ts';
import type { CaseRow, Ledger } from '../ledger/ledger.ts';

export interface FindParts {
  readonly ledger: Pick<Ledger, 'readRoot' | 'closedCases'>;
  readonly clock: Clock;
}

/** Age of the oldest closed case that may still be undone. */
const longestPastMs = 365 * 24 * 60 * 60_000;

/**
 * The open case of that id under a root, the undo case that is open for it, or the closed case itself. `drifted-again`: it is
 * closed, and its drift has a case again.
 * @throws RemediationError
 */
export async function findCase(
  { ledger, clock }: FindParts,
  { subscription, root }: { readonly subscription: string; readonly root: string },
  caseId: string,
): Promise<Case | 'drifted-again' | undefined> {
  const { openCases } = await ledger.readRoot(subscription, root);
  const open = readCases(openCases).cases;
  const known = open.find((each) => each.caseId === caseId || each.data.undo?.caseId === caseId);
  if (known !== undefined) {
    return known;
  }
  const since = new Date(clock.now().getTime() - longestPastMs);
  const closed = await ledger.closedCases(subscription, root, since);
  const row: CaseRow | undefined = closed.find((each) => each.caseId === caseId);
  const again = row && open.find(({ key }) => key === row.key);
  return again === undefined ? row && caseOf(row) : 'drifted-again';
}
