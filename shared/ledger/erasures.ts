import type { BodyStore } from './body-store.ts';
import { readEntryHeader, readEntryTexts } from './entry-texts.ts';
import type { Header } from './format/entry.ts';
import { type Erasure, erasureKind, parseErasure } from './format/erasure.ts';
import { entryKey } from './format/keys.ts';
import { isBodyOf } from './format/links.ts';
import { readRow } from './read-row.ts';
import type { Row, StorageTable } from './table.ts';

/**
 * The erasure that the record in that row describes; undefined if the row is no record, or its body does not match its
 * header.
 * @throws RemediationError and LedgerFormatError for unreadable rows and bodies
 */
export async function readErasure(row: Row, bodies: BodyStore): Promise<Erasure | undefined> {
  const header = readEntryHeader(row);
  if (header.kind !== erasureKind) {
    return undefined;
  }
  const { bodyText } = await readEntryTexts(row, header, bodies);
  return bodyText !== undefined && isBodyOf(header, bodyText) ? parseErasure(bodyText) : undefined;
}

/** True if a later entry of the chain records that this entry's body was erased. */
export async function isErasureRecorded(
  table: StorageTable,
  bodies: BodyStore,
  { chain, sequence, bodyHash }: Header,
  record: number | undefined,
): Promise<boolean> {
  const row =
    record === undefined || record <= sequence ? undefined : await readRow(table, chain, entryKey(record));
  const erasure = row && (await readErasure(row, bodies));
  return erasure?.entries.some((each) => each.sequence === sequence && each.bodyHash === bodyHash) ?? false;
}
