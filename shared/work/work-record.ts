import { z } from 'zod';
import { RemediationError } from '../errors.ts';
import { sha256 } from '../ledger/format/json.ts';
import type { NewRow, Row } from '../ledger/table.ts';
import { escaped, joinText, splitText } from '../ledger/text-properties.ts';
import type { Note, WorkRow } from './work.ts';

const noteSchema = z.custom<Note>((value) => typeof (value as Partial<Note> | null)?.id === 'string');

const recordSchema = z.strictObject({
  root: z.string(),
  /** Notes ever taken. A claim covers those up to its own number; what comes later raises this one. */
  wanted: z.int().nonnegative(),
  notes: z.array(z.strictObject({ number: z.int(), note: noteSchema })),
  /** Notes that gave way to newer ones. */
  dropped: z.int().nonnegative(),
  /** Ids of recent notes, oldest first. */
  known: z.array(z.string()),
  /** When the last observation of anything began. */
  observedAt: z.string().optional(),
  /** When the last observation of each resource began, by lower-case id. */
  observed: z.record(z.string(), z.string()),
  wakeAt: z.string().optional(),
  attempts: z.int().nonnegative(),
  writes: z.array(z.strictObject({ id: z.string(), at: z.string() })),
  claim: z.strictObject({ id: z.string(), until: z.string(), wanted: z.int() }).optional(),
  /** The claim that was given back last, by which a lost answer is recognised. */
  releasedClaim: z.string().optional(),
  /** When it was last needed. */
  touchedAt: z.string(),
});

/** Everything that is kept about one root with something to do. Times are ISO 8601. */
export type WorkRecord = Readonly<z.infer<typeof recordSchema>>;

/** A record as it was read, with the ETag under which it may be replaced; neither for a root without a row. */
export interface Stored {
  readonly record?: WorkRecord;
  readonly etag?: string;
}

export function workKeys(root: string): { readonly partitionKey: string; readonly rowKey: string } {
  const hash = sha256(root.replace(/\/+$/, '').toLowerCase());
  return { partitionKey: hash.slice(0, 2), rowKey: hash };
}

/** `dueAt` is a property of its own, because it is what rows are looked for by. */
export function toRow(record: WorkRecord, dueAt: string): NewRow {
  return {
    ...workKeys(record.root),
    root: escaped(record.root),
    dueAt,
    ...splitText('record', JSON.stringify(record)),
  };
}

/** @throws RemediationError `malformed-input` for a row that is not as written here. */
export function parseRow(row: Row): Stored {
  try {
    const record = recordSchema.parse(JSON.parse(joinText(row, 'record') ?? ''));
    return { record, ...(row.etag !== undefined && { etag: row.etag }) };
  } catch (cause) {
    throw new RemediationError('malformed-input', `Cannot read work row "${String(row.rowKey)}"`, { cause });
  }
}

/** The record as the engine sees it. */
export function toWorkRow(record: WorkRecord): WorkRow {
  return {
    root: record.root,
    notes: record.notes.map(({ note }) => note),
    notesDropped: record.dropped,
    observed: record.observed,
    attempts: record.attempts,
    writes: record.writes.map(({ id }) => id),
  };
}
