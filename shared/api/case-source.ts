import type { ChainReader } from '../ledger/chain-reader.ts';
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

/** Cases of these subscriptions as the ledger has them. `closedSince` gives the time from which on closed ones count. */
export function openCaseSource(
  reader: Pick<ChainReader, 'openCases' | 'closedCases'>,
  subscriptions: readonly string[],
  closedSince: () => Date,
): CaseSource {
  async function* of(chains: readonly string[], isOpen: boolean): AsyncGenerator<FoundCase> {
    for (const subscription of chains) {
      const rows = isOpen ? reader.openCases(subscription) : reader.closedCases(subscription, closedSince());
      for await (const row of rows) {
        yield { subscription, row };
      }
    }
  }
  return {
    open: () => of(subscriptions, true),
    closed: () => of(subscriptions, false),
    async find(subscription, caseId) {
      if (!subscriptions.includes(subscription)) {
        return undefined;
      }
      for (const isOpen of [true, false]) {
        for await (const found of of([subscription], isOpen)) {
          if (found.row.caseId === caseId) {
            return found;
          }
        }
      }
      return undefined;
    },
  };
}
