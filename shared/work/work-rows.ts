import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { jsonOf } from '../text/json-text.ts';
import { sha256 } from '../ledger/format/json.ts';
import type { NewRow, Row } from '../ledger/table.ts';
import { escaped, joinText, splitText } from '../ledger/text-properties.ts';
import { isResourceId } from '../resource-id.ts';
import { boundedRecord } from './bounded-record.ts';
import { clockBounds } from './clock-bounds.ts';
import type { News, WorkRow } from './work.ts';
import { workRecord, type WorkRecord } from './work-record.ts';
import { lostRecord, type WorkSettings } from './work-rules.ts';

/** A record as read, with the ETag for replacing it. A root without a row has neither. */
export interface Stored {
  readonly record?: WorkRecord;
  readonly etag?: string;
}

export function workKeys(root: string): { readonly partitionKey: string; readonly rowKey: string } {
  const hash = sha256(root.replace(/\/+$/, '').toLowerCase());
  return { partitionKey: hash.slice(0, 2), rowKey: hash };
}

/** `dueAt` is a column of its own, because rows are found by it. */
export function toRow(record: WorkRecord, dueAt: string): NewRow {
  return {
    ...workKeys(record.root),
    root: escaped(record.root),
    dueAt,
    ...splitText('record', JSON.stringify(record)),
  };
}

/** @throws RemediationError `malformed-input` for a malformed row */
export function parseRow(row: Row): Stored & { readonly record: WorkRecord } {
  const { data, error } = workRecord.safeParse(jsonOf(joinText(row, 'record')));
  if (data === undefined) {
    const message = `Cannot read work row "${String(row.rowKey)}"`;
    throw new RemediationError('malformed-input', message, { cause: error });
  }
  return { record: data, ...(row.etag !== undefined && { etag: row.etag }) };
}

/**
 * Reads a row, and believes only times that Leakstop can have written. A malformed row delays nobody: it counts as
 * due at once and is written anew. Undefined for a row without a root.
 */
export function readWorkRow(
  row: Row,
  { clock, settings }: { readonly clock: Clock; readonly settings: WorkSettings },
): (Stored & { readonly record: WorkRecord }) | undefined {
  const read = readable(row);
  const record = read && boundedRecord(read, clockBounds(clock), settings);
  const root = [record?.root, row.root].find((id) => typeof id === 'string' && isKeyOf(row, id));
  if (typeof root !== 'string') {
    return undefined;
  }
  const believed = record?.root === root ? record : lostRecord(root, clock.now());
  return { record: believed, ...(row.etag !== undefined && { etag: row.etag }) };
}

function readable(row: Row): WorkRecord | undefined {
  try {
    return parseRow(row).record;
  } catch {
    return undefined;
  }
}

function isKeyOf({ rowKey }: Row, root: string): boolean {
  return isResourceId(root) && workKeys(root).rowKey === rowKey;
}

/** The record as the engine sees it. */
export function toWorkRow(record: WorkRecord): WorkRow {
  return {
    root: record.root,
    notes: record.notes.map(({ note }) => note),
    notesDropped: record.dropped,
    observed: record.observed,
    attempts: record.attempts,
  };
}

/**
 * Notes and writes that came after a claim's newest note. `dropped` is the number of dropped notes when the claim was
 * taken.
 */
export function newsIn(
  record: WorkRecord | undefined,
  { wanted, dropped }: { readonly wanted: number; readonly dropped: number },
): News {
  return {
    notes: (record?.notes ?? []).filter(({ number }) => number > wanted).map(({ note }) => note),
    isCut: (record?.dropped ?? 0) > dropped,
    writes: (record?.writes ?? []).map(({ id }) => id),
  };
}
