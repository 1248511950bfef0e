import type { CaseRow } from '../ledger/ledger.ts';

/** A case and where it lies. */
export interface FoundCase {
  readonly subscription: string;
  readonly row: CaseRow;
}

/** Where the API finds cases. */
export interface CaseSource {
  /** Open cases, in no order. @throws RemediationError */
  open(): AsyncIterable<FoundCase>;
  /** Cases that were closed lately, in no order. @throws RemediationError */
  closed(): AsyncIterable<FoundCase>;
  /** An open case, or one that was closed lately. @throws RemediationError */
  find(subscription: string, caseId: string): Promise<FoundCase | undefined>;
}
