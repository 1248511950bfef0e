import type { Clock } from '../clock.ts';
import type { StorageTable } from '../ledger/table.ts';
import type { ResourceId } from '../resource-id.ts';
import { toStorageError } from '../storage-errors.ts';
import { openClaimedRow } from './claimed-row.ts';
import { boundedRun, SweepRun, type Swept } from './sweep-run.ts';
import { hasRoot } from './swept-roots.ts';
import { readWorkRow } from './work-rows.ts';
import { workSettings } from './work-rules.ts';

/** A sweep that only this process may continue. `run` is changed in place; {@link SweepHold.save} keeps it. */
export interface SweepHold {
  readonly run: SweepRun;
  /** Keeps the run and the claim on it. @throws RemediationError `resource-changed` when somebody else took over */
  save(): Promise<void>;
  /** Keeps the run and gives up the claim. */
  release(): Promise<void>;
}

/** The one sweep that is under way, or that was the last. */
export interface SweepStore {
  /**
   * Claims the unfinished sweep, or else the one that `begin` makes. Undefined if there is none, or while somebody
   * else walks.
   */
  claim(begin?: (last: SweepRun | undefined) => SweepRun): Promise<SweepHold | undefined>;
  /** The last whole walk that read a root; undefined if none did. */
  lastRead(root: ResourceId): Promise<Swept | undefined>;
  /**
   * Roots that still have a note whose id begins with the prefix: somebody works on them, or they rest after a fault.
   */
  pending(prefix: string): AsyncIterable<string>;
}

/** Life of a claim after each save: longer than any work between two saves. */
export const sweepClaimMs = 180_000;

/** The store over the table `work`: one row. An unreadable row gives no run: the next sweep overwrites it. */
export function openSweepStore(table: StorageTable, clock: Clock, claimMs = sweepClaimMs): SweepStore {
  const row = openClaimedRow({
    table,
    clock,
    keys: { partitionKey: 'sweep', rowKey: 'run' },
    property: 'run',
    schema: SweepRun,
    bounded: boundedRun,
    claimMs,
    what: 'keep the sweep',
  });
  return {
    claim: async (begin) => {
      const hold = await row.claim((known) => (isUnfinished(known) ? known : begin?.(known)));
      return hold && { run: hold.state, save: () => hold.save(), release: () => hold.release() };
    },
    lastRead: async ({ subscriptionId, key }) => {
      const swept = Object.entries((await row.peek())?.swept ?? {});
      const [, last] = swept.find(([id]) => id.toLowerCase() === subscriptionId) ?? [];
      return last !== undefined && hasRoot(last.read, key) ? last : undefined;
    },
    pending: (prefix) => pendingRoots(table, clock, prefix),
  };
}

/** Rows of roots lie in the same table; only they have the time at which they are due. */
async function* pendingRoots(table: StorageTable, clock: Clock, prefix: string): AsyncGenerator<string> {
  try {
    for await (const row of table.listEntities({ queryOptions: { filter: `dueAt ge ''` } })) {
      const record = readWorkRow(row, { clock, settings: workSettings })?.record;
      if (record?.notes.some(({ note }) => note.id.startsWith(prefix)) === true) {
        yield record.root;
      }
    }
  } catch (error) {
    throw toStorageError(error, 'list the work that is left');
  }
}

function isUnfinished(run: SweepRun | undefined): boolean {
  return run !== undefined && run.completedAt === undefined;
}
