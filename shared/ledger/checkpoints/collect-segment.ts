import type { Position } from '../format/entry.ts';
import { entryKey } from '../format/keys.ts';
import { positionOf } from '../format/links.ts';
import type { EntryTexts } from '../format/segment.ts';
import { rowsIn } from '../rows-in.ts';
import type { Row } from '../table.ts';
import { bodyFault, type ChainSource, type CheckedEntry, readChecked } from './checked-entry.ts';
import type { Contradiction } from './contradiction.ts';
import type { FollowedChain } from './followed-chain.ts';
import { type SegmentBounds, segmentText } from './segment-text.ts';

/** The entries from `start` as a file, up to `to` or to the bounds. Each entry is checked as a verifier would check it. */
export async function collectSegment(
  source: ChainSource,
  start: Position,
  to: number,
  bounds: SegmentBounds,
  followed: FollowedChain,
): Promise<{ readonly text: string; readonly end: Position } | { readonly contradiction: Contradiction }> {
  const { chain } = start;
  const entries: EntryTexts[] = [];
  let end = start;
  let time = '';
  let size = 0;
  const range = { from: entryKey(start.sequence + 1), before: entryKey(to + 1) };
  for await (const row of rowsIn(source.table, chain, range)) {
    const read = await readNew(source, end, row, followed);
    if (read.fault !== undefined) {
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

/** Reads one entry that no checkpoint vouches for yet. */
async function readNew(
  source: ChainSource,
  end: Position,
  row: Row,
  followed: FollowedChain,
): Promise<CheckedEntry> {
  const read = await readChecked(source, end, row);
  if (read.fault !== undefined) {
    return read;
  }
  if (followed.take(read.header) !== undefined) {
    return { fault: 'move-illegal' };
  }
  const fault = await bodyFault(source, read.header, read.texts.bodyText);
  return fault === undefined ? read : { fault };
}
