import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { readRow } from '../ledger/read-row.ts';
import type { Row, StorageTable } from '../ledger/table.ts';
import { toStorageError } from '../storage-errors.ts';

/** The number of unreadable events in one hour. */
export interface UnreadableHour {
  /** An hour such as `2026-11-30T17`, in UTC. */
  readonly hour: string;
  readonly count: number;
}

/** Counts unreadable events hour by hour, for all instances together. */
export interface UnreadableEventStore {
  /** Adds to the count of an hour, and returns the count before. @throws RemediationError */
  add(hour: string, count: number): Promise<number>;
  /** The earlier hours that still have a count, oldest first. */
  before(hour: string): Promise<readonly UnreadableHour[]>;
  /** Forgets an hour that was told. @throws RemediationError `resource-changed` if the count grew since */
  forget(hour: UnreadableHour): Promise<void>;
}

/** Lies beside the rows of roots, whose partitions have names of two digits. */
const partitionKey = 'unreadable-events';

/** Attempts to count while other instances count too. */
const mostAttempts = 20;

/** The store over the table `work`: one row for each hour, changed under its ETag. */
export function openUnreadableEventStore(table: StorageTable, clock: Clock): UnreadableEventStore {
  return {
    async add(hour, count) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await addOnce(table, hour, count);
        } catch (error) {
          const isRace = error instanceof RemediationError && error.code === 'resource-changed';
          if (!isRace || attempt === mostAttempts) {
            throw error;
          }
          await clock.sleep(clock.random() * 10 * attempt);
        }
      }
    },
    async before(hour) {
      const hours: UnreadableHour[] = [];
      try {
        for await (const row of table.listEntities({
          queryOptions: { filter: `PartitionKey eq '${partitionKey}'` },
        })) {
          hours.push({ hour: String(row.rowKey), count: countOf(row) });
        }
      } catch (error) {
        throw toStorageError(error, 'read how many events were unreadable');
      }
      return hours.filter((each) => each.hour < hour).sort((one, other) => (one.hour < other.hour ? -1 : 1));
    },
    async forget({ hour, count }) {
      const row = await readRow(table, partitionKey, hour);
      if (row === undefined) {
        return;
      }
      if (countOf(row) !== count) {
        throw new RemediationError('resource-changed', `Cannot forget the hour ${hour}: more was counted`);
      }
      try {
        await table.deleteEntity(partitionKey, hour, { etag: row.etag ?? '' });
      } catch (error) {
        throw toStorageError(error, 'forget how many events were unreadable');
      }
    },
  };
}

async function addOnce(table: StorageTable, hour: string, count: number): Promise<number> {
  const row = await readRow(table, partitionKey, hour);
  const before = row === undefined ? 0 : countOf(row);
  const next = { partitionKey, rowKey: hour, count: before + count };
  try {
    await (row?.etag === undefined
      ? table.createEntity(next)
      : table.updateEntity(next, 'Replace', { etag: row.etag }));
  } catch (error) {
    throw toStorageError(error, 'count an unreadable event');
  }
  return before;
}

/** A malformed row counts as zero: it keeps no event from being told. */
function countOf({ count }: Row): number {
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0;
}
