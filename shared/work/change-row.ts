import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { type AttemptBounds, Attempts } from '../ledger/attempts.ts';
import { readRow } from '../ledger/read-row.ts';
import type { Row, StorageTable } from '../ledger/table.ts';
import { storageStatus, toStorageError } from '../storage-errors.ts';
import { readWorkRow, type Stored, toRow, workKeys } from './work-rows.ts';
import type { WorkRecord } from './work-record.ts';
import { dueAt, type WorkSettings } from './work-rules.ts';

const bounds: AttemptBounds = {
  most: 15,
  forMilliseconds: 15_000,
  firstPauseInMs: 25,
  longestPauseInMs: 1_000,
};

export interface RowAccess {
  readonly table: StorageTable;
  readonly clock: Clock;
  readonly settings: WorkSettings;
}

/** The next content of a row, and the answer for the caller. Without `next` the row stays as it is. */
export interface RowChange<T> {
  readonly next: WorkRecord | undefined;
  readonly result: T;
}

/**
 * Reads a root's row, decides, and writes under the ETag, again until nobody came in between. `start` spares the
 * first read. `decide` has to recognise its own effect, since the answer to a write can be lost.
 * @throws whatever `decide` throws, and RemediationError when the table stays away for too long
 */
export async function changeRow<T>(
  access: RowAccess,
  root: string,
  start: Stored | undefined,
  decide: (record: WorkRecord | undefined) => RowChange<T>,
): Promise<{ readonly result: T; readonly stored: Stored }> {
  const attempts = new Attempts(access.clock, bounds);
  let known = start;
  for (;;) {
    const stored = known ?? (await attempt(() => readStored(access, root)));
    known = undefined;
    if (stored instanceof RemediationError) {
      await attempts.pauseAfter(stored);
      continue;
    }
    const { next, result } = decide(stored.record);
    if (next === undefined) {
      return { result, stored };
    }
    const written = await attempt(() => write(access, next, stored.etag));
    if (!(written instanceof RemediationError)) {
      return { result, stored: written };
    }
    await attempts.pauseAfter(written);
  }
}

/** Reads a root's row once. @throws RemediationError */
export async function peekRow(access: RowAccess, root: string): Promise<WorkRecord | undefined> {
  const stored = await attempt(() => readStored(access, root), 'read a work row');
  if (stored instanceof RemediationError) {
    throw stored;
  }
  return stored.record;
}

/** Deletes a row as it was read. If somebody needs it again at this moment, its ETag differs and the row stays. */
export async function deleteRow(
  table: StorageTable,
  { partitionKey = '', rowKey = '', etag = '*' }: Row,
): Promise<void> {
  try {
    await table.deleteEntity(partitionKey, rowKey, { etag });
  } catch (error) {
    const status = storageStatus(error);
    if (status !== 404 && status !== 412) {
      throw error;
    }
  }
}

async function attempt<T>(call: () => Promise<T>, what = 'change a work row'): Promise<T | RemediationError> {
  try {
    return await call();
  } catch (error) {
    return toStorageError(error, what);
  }
}

async function readStored(access: RowAccess, root: string): Promise<Stored> {
  const { partitionKey, rowKey } = workKeys(root);
  const row = await readRow(access.table, partitionKey, rowKey);
  return row ? (readWorkRow({ ...row, root }, access) ?? {}) : {};
}

async function write(access: RowAccess, record: WorkRecord, etag: string | undefined): Promise<Stored> {
  const row = toRow(record, dueAt(record, access.settings));
  try {
    const answer =
      etag === undefined
        ? await access.table.createEntity(row)
        : await access.table.updateEntity(row, 'Replace', { etag });
    return answer.etag === undefined ? await readStored(access, record.root) : { record, etag: answer.etag };
  } catch (error) {
    const translated = toStorageError(error, `write the work row of "${record.root}"`);
    // The row was swept away just now: it is created anew.
    throw translated.code === 'resource-gone'
      ? new RemediationError('resource-changed', translated.message, { cause: error })
      : translated;
  }
}
