import type { Clock } from '../clock.ts';
import type { StorageTable } from '../ledger/table.ts';
import { type ClaimedRow, openClaimedRow, type RowHold } from './claimed-row.ts';
import { boundedNotices, NoticeState } from './notice-state.ts';

/** The notices of one chain, which only this process may send. */
export type NoticeHold = RowHold<NoticeState>;

export interface NoticeStore {
  /** The notices of a chain, to see if there is anything to do. Undefined if the chain has none. */
  peek(chain: string): Promise<NoticeState | undefined>;
  /** Claims the notices of a chain, or those that `begin` makes. Undefined while somebody else has them. */
  claim(chain: string, begin: () => Promise<NoticeState>): Promise<NoticeHold | undefined>;
}

/** Life of a claim after each save: longer than any work between two saves. */
export const noticeClaimMs = 120_000;

/** Lies beside the rows of roots, whose partitions have names of two digits. */
const partitionKey = 'notices';

/** The store over the table `work`: one row for each chain. An unreadable row gives no state: notices begin anew. */
export function openNoticeStore(table: StorageTable, clock: Clock, claimMs = noticeClaimMs): NoticeStore {
  const rowOf = (chain: string): ClaimedRow<NoticeState> =>
    openClaimedRow({
      table,
      clock,
      keys: { partitionKey, rowKey: chain },
      property: 'state',
      schema: NoticeState,
      bounded: boundedNotices,
      claimMs,
      what: 'keep the notices',
    });
  return {
    peek: (chain) => rowOf(chain).peek(),
    claim: (chain, begin) => rowOf(chain).claim(async (known) => known ?? (await begin())),
  };
}
