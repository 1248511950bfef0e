import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { jsonOf } from '../text/json-text.ts';
import { readRow } from '../ledger/known-chain.ts';
import type { StorageTable } from '../ledger/table.ts';
import { joinText, splitText } from '../ledger/text-properties.ts';
import { toStorageError } from '../storage-errors.ts';
import { clockBounds } from './clock-bounds.ts';
import { boundedRun, SweepRun } from './sweep-run.ts';
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
  claim(begin?: () => SweepRun): Promise<SweepHold | undefined>;
  /**
   * Roots that still have a note whose id begins with the prefix: somebody works on them, or they rest after a fault.
   */
  pending(prefix: string): AsyncIterable<string>;
}

/** Life of a claim after each save: longer than any work between two saves. */
export const sweepClaimMs = 180_000;

/** Lies beside the rows of roots, whose partitions have names of two digits. */
const keys = { partitionKey: 'sweep', rowKey: 'run' };

/** The store over the table `work`: one row, changed under its ETag, so that two timers cannot both walk. */
export function openSweepStore(table: StorageTable, clock: Clock, claimMs = sweepClaimMs): SweepStore {
  return {
    claim: async (begin) => {
      const known = await read(table, clock, claimMs);
      const run = isUnfinished(known?.run) ? known?.run : begin?.();
      if (run === undefined || isClaimed(run, clock)) {
        return undefined;
      }
      const hold = holdOf({ table, clock, claimMs }, run, known?.etag);
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

function isClaimed({ claim }: SweepRun, clock: Clock): boolean {
  return claim !== undefined && Date.parse(claim.until) > clock.now().getTime();
}

interface Access {
  readonly table: StorageTable;
  readonly clock: Clock;
  readonly claimMs: number;
}

function holdOf({ table, clock, claimMs }: Access, run: SweepRun, first: string | undefined): SweepHold {
  const id = clock.uuid();
  let etag = first;
  return {
    run,
    save: async () => {
      run.claim = { id, until: new Date(clock.now().getTime() + claimMs).toISOString() };
      etag = await write(table, run, etag);
    },
    release: async () => {
      delete run.claim;
      etag = await write(table, run, etag);
    },
  };
}

/** The run with its times bounded. An unreadable row gives no run: the next sweep overwrites it. */
async function read(
  table: StorageTable,
  clock: Clock,
  claimMs: number,
): Promise<{ run: SweepRun | undefined; etag: string | undefined } | undefined> {
  const row = await readRow(table, keys.partitionKey, keys.rowKey);
  if (row === undefined) {
    return undefined;
  }
  const { data } = SweepRun.safeParse(jsonOf(joinText(row, 'run')));
  return { run: data && boundedRun(data, clockBounds(clock), claimMs), etag: row.etag };
}

/** The ETag after the write. If the answer has none, the next claim reads it. */
async function write(
  table: StorageTable,
  run: SweepRun,
  etag: string | undefined,
): Promise<string | undefined> {
  try {
    const row = { ...keys, ...splitText('run', JSON.stringify(run)) };
    const answer =
      etag === undefined ? await table.createEntity(row) : await table.updateEntity(row, 'Replace', { etag });
    return answer.etag;
  } catch (error) {
    throw toStorageError(error, 'keep the sweep');
  }
}
