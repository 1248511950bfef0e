import type { BodyStore } from '../body-store.ts';
import { readEntryHeader, readEntryTexts } from '../entry-texts.ts';
import { isErasureRecorded } from '../erasures.ts';
import type { Header, Position } from '../format/entry.ts';
import { entryKey } from '../format/keys.ts';
import { isBodyOf, linkFault, positionOf } from '../format/links.ts';
import type { EntryTexts } from '../format/segment.ts';
import { rowsIn } from '../open-ledger.ts';
import type { Row, StorageTable } from '../table.ts';
import type { Contradiction, ContradictionKind } from './contradiction.ts';
import { parsed } from './parsed.ts';
import { segmentText } from './segment-text.ts';

/** Where entries are read from. */
export interface ChainSource {
  readonly table: StorageTable;
  readonly bodies: BodyStore;
}

/** How large one segment may become: it is held in memory. */
export interface SegmentBounds {
  readonly entries: number;
  /** UTF-16 units; the entry that exceeds it is the last one. */
  readonly text: number;
}

export const segmentBounds: SegmentBounds = { entries: 10_000, text: 8 * 1024 * 1024 };

/** The entries from `start` as a file, up to `to` or to the bounds, each one checked. */
export async function collectSegment(
  source: ChainSource,
  start: Position,
  to: number,
  bounds: SegmentBounds,
): Promise<{ readonly text: string; readonly end: Position } | { readonly contradiction: Contradiction }> {
  const { chain } = start;
  const entries: EntryTexts[] = [];
  let end = start;
  let time = '';
  let size = 0;
  const range = { from: entryKey(start.sequence + 1), before: entryKey(to + 1) };
  for await (const row of rowsIn(source.table, chain, range)) {
    const read = await readChecked(source, end, row);
    if ('fault' in read) {
      return { contradiction: { kind: read.fault, chain, at: end.sequence + 1 } };
    }
    entries.push(read.texts);
    end = positionOf(read.header);
    time = read.header.time;
    size += read.texts.headerText.length + (read.texts.bodyText?.length ?? 0);
    if (entries.length >= bounds.entries || size >= bounds.text) {
      return { text: segmentText(start, entries, time), end };
    }
  }
  return end.sequence === to
    ? { text: segmentText(start, entries, time), end }
    : { contradiction: { kind: 'entry-missing', chain, at: end.sequence + 1 } };
}

/** One entry that has to follow `end`. */
async function readChecked(
  { table, bodies }: ChainSource,
  end: Position,
  row: Row,
): Promise<{ readonly header: Header; readonly texts: EntryTexts } | { readonly fault: ContradictionKind }> {
  if (row.rowKey !== entryKey(end.sequence + 1)) {
    return { fault: 'entry-missing' };
  }
  const header = parsed(() => readEntryHeader(row));
  if (!header || linkFault(end, header) !== undefined) {
    return { fault: 'entry-altered' };
  }
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
