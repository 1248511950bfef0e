import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { jsonOf } from '../text/json-text.ts';
import { readRow } from '../ledger/known-chain.ts';
import type { StorageTable } from '../ledger/table.ts';
import { joinText, splitText } from '../ledger/text-properties.ts';
import { toStorageError } from '../storage-errors.ts';
import { clockBounds } from './clock-bounds.ts';
import { boundedNotices, NoticeState } from './notice-state.ts';

/** The notices of one chain, which only this process may send. `state` is changed in place; `save` keeps it. */
export interface NoticeHold {
  readonly state: NoticeState;
  /** Keeps the state and the claim on it. @throws RemediationError `resource-changed` when somebody else took over */
  save(): Promise<void>;
  /** Keeps the state and gives up the claim. @throws RemediationError like `save` */
  release(): Promise<void>;
}

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

/** The store over the table `work`: one row for each chain, changed under its ETag. */
export function openNoticeStore(table: StorageTable, clock: Clock, claimMs = noticeClaimMs): NoticeStore {
  return {
    peek: async (chain) => (await read({ table, clock, claimMs, chain }))?.state,
    async claim(chain, begin) {
      const access = { table, clock, claimMs, chain };
      const known = await read(access);
      if (known?.state !== undefined && isClaimed(known.state, clock)) {
        return undefined;
      }
      const state = known?.state ?? (await begin());
      const hold = holdOf(access, state, known?.etag);
      try {
        await hold.save();
        return hold;
      } catch (error) {
        if (error instanceof RemediationError && error.code === 'resource-changed') {
          return undefined;
        }
        throw error;
      }
    },
  };
}

function isClaimed({ claim }: NoticeState, clock: Clock): boolean {
  return claim !== undefined && Date.parse(claim.until) > clock.now().getTime();
}

interface Access {
  readonly table: StorageTable;
  readonly clock: Clock;
  readonly claimMs: number;
  readonly chain: string;
}

function holdOf(access: Access, state: NoticeState, first: string | undefined): NoticeHold {
  const { clock, claimMs } = access;
  const id = clock.uuid();
  let etag = first;
  return {
    state,
    save: async () => {
      state.claim = { id, until: new Date(clock.now().getTime() + claimMs).toISOString() };
      etag = await write(access, state, etag);
    },
    release: async () => {
      delete state.claim;
      etag = await write(access, state, etag);
    },
  };
}

/** The state with its times bounded. An unreadable row gives no state: notices begin anew. */
async function read({
  table,
  clock,
  claimMs,
  chain,
}: Access): Promise<{ state: NoticeState | undefined; etag: string | undefined } | undefined> {
  const row = await readRow(table, partitionKey, chain);
  if (row === undefined) {
    return undefined;
  }
  const { data } = NoticeState.safeParse(jsonOf(joinText(row, 'state')));
  return { state: data && boundedNotices(data, clockBounds(clock), claimMs), etag: row.etag };
}

async function write(
  { table, chain }: Access,
  state: NoticeState,
  etag: string | undefined,
): Promise<string | undefined> {
  try {
    const row = { partitionKey, rowKey: chain, ...splitText('state', JSON.stringify(state)) };
    const answer =
      etag === undefined ? await table.createEntity(row) : await table.updateEntity(row, 'Replace', { etag });
    return answer.etag ?? (await readRow(table, partitionKey, chain))?.etag;
  } catch (error) {
    throw toStorageError(error, 'keep the notices');
  }
}
