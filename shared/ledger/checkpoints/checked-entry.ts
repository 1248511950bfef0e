import type { BodyStore } from '../body-store.ts';
import { readEntryHeader, readEntryTexts } from '../entry-texts.ts';
import { isErasureRecorded } from '../erasures.ts';
import { type Header, parseBody, type Position } from '../format/entry.ts';
import { erasureKind, erasureOf } from '../format/erasure.ts';
import { entryKey } from '../format/keys.ts';
import { isBodyOf, linkFault } from '../format/links.ts';
import type { EntryTexts } from '../format/segment.ts';
import { readRow } from '../read-row.ts';
import type { Row, StorageTable } from '../table.ts';
import type { ContradictionKind } from './contradiction.ts';
import { parsed } from './parsed.ts';

/** Table and bodies from which entries are read. */
export interface ChainSource {
  readonly table: StorageTable;
  readonly bodies: BodyStore;
}

/** A correct entry, or the reason why the entry is not correct. */
export type CheckedEntry =
  | { readonly header: Header; readonly texts: EntryTexts; readonly fault?: undefined }
  | { readonly fault: ContradictionKind };

/** The header of a row whose entry has to follow `end`. */
export function checkedHeader(
  row: Row,
  end: Position,
): { readonly header: Header; readonly fault?: undefined } | { readonly fault: ContradictionKind } {
  if (row.rowKey !== entryKey(end.sequence + 1)) {
    return { fault: 'entry-missing' };
  }
  const header = parsed(() => readEntryHeader(row));
  return !header || linkFault(end, header) !== undefined ? { fault: 'entry-altered' } : { header };
}

/** One entry that has to follow `end`, with its body, or with the record of its erasure. */
export async function readChecked(source: ChainSource, end: Position, row: Row): Promise<CheckedEntry> {
  const { table, bodies } = source;
  const read = checkedHeader(row, end);
  if (read.fault !== undefined) {
    return read;
  }
  const { header } = read;
  const texts = await readEntryTexts(row, header, bodies);
  if (texts.erased) {
    const isRecorded = await isErasureRecorded(table, bodies, header, texts.erased.record);
    return isRecorded ? { header, texts } : { fault: 'erasure-unrecorded' };
  }
  if (texts.bodyText === undefined) {
    return { fault: 'body-missing' };
  }
  return isBodyOf(header, texts.bodyText) ? { header, texts } : { fault: 'body-altered' };
}

/**
 * The fault in the body of an entry that a checkpoint is about to vouch for: the offline verifier and the rebuild would
 * refuse such a body. An erased body has no fault.
 */
export async function bodyFault(
  { table }: ChainSource,
  header: Header,
  bodyText: string | undefined,
): Promise<ContradictionKind | undefined> {
  if (bodyText === undefined) {
    return undefined;
  }
  const body = parsed(() => parseBody(bodyText));
  if (!body) {
    return 'body-malformed';
  }
  if (header.kind !== erasureKind) {
    return undefined;
  }
  const erasure = parsed(() => erasureOf(body));
  if (!erasure) {
    return 'body-malformed';
  }
  for (const { sequence, bodyHash } of erasure.entries) {
    const row =
      sequence < header.sequence ? await readRow(table, header.chain, entryKey(sequence)) : undefined;
    if (!row || parsed(() => readEntryHeader(row))?.bodyHash !== bodyHash) {
      return 'erasure-untrue';
    }
  }
  return undefined;
}
