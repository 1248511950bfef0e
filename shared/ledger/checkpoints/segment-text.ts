import { FileComposer } from '../format/compose.ts';
import type { Position } from '../format/entry.ts';
import { canonicalJson, LedgerFormatError } from '../format/json.ts';
import { isBodyOf, linkFault, positionOf } from '../format/links.ts';
import { type EntryLine, type EntryTexts, parseLine, segmentFormat } from '../format/segment.ts';
import { parsed } from './parsed.ts';

/** Limits of one reading, which is held in memory. */
export interface SegmentBounds {
  readonly entries: number;
  /** UTF-16 units. The entry that exceeds the limit is still taken, as the last one. */
  readonly text: number;
}

export const segmentBounds: SegmentBounds = { entries: 10_000, text: 8 * 1024 * 1024 };

/** The file of these entries. `createdAt` is the time of the last entry, so that the same entries make the same bytes. */
export function segmentText(start: Position, entries: readonly EntryTexts[], createdAt: string): string {
  const composer = new FileComposer({
    leakstop: 'segment',
    format: segmentFormat,
    chains: [{ chain: start.chain, from: start.sequence + 1, previous: start.hash }],
    createdAt,
  });
  return [composer.first(), ...entries.map((texts) => composer.entry(texts)), composer.last()].join('');
}

/**
 * True if a stored segment equals, byte for byte, the segment that we would write now. The stored one may hold bodies that
 * have been erased since. All its other content, counts included, comes from the table alone.
 */
export function isSameSegment(stored: string, ours: string, start: Position, to: number): boolean {
  if (stored === ours) {
    return true;
  }
  const [there, here] = [entriesIn(stored, start, to), entriesIn(ours, start, to)];
  if (there?.length !== here?.length || !there || !here) {
    return false;
  }
  const isExplained = there.every(({ hash, bodyText, erased }, index) => {
    const mine = here[index];
    return (
      hash === mine?.hash &&
      (bodyText === mine.bodyText || (bodyText !== undefined && mine.erased !== undefined)) &&
      (bodyText !== undefined || erased?.record === mine.erased?.record)
    );
  });
  const texts = there.map(({ header, ...rest }) => ({ headerText: canonicalJson(header), ...rest }));
  return isExplained && stored === segmentText(start, texts, here.at(-1)?.header.time ?? '');
}

function entriesIn(text: string, start: Position, to: number): EntryLine[] | undefined {
  return parsed(() => [...readSegment(text, start, to)]);
}

/**
 * The entries of a segment that follows `start` and leads to entry `to`. Each entry is checked before it is yielded. The
 * caller compares the place to which the entries lead.
 * @throws LedgerFormatError at the first malformed line
 */
export function* readSegment(text: string, start: Position, to: number): Generator<EntryLine> {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length < 2) {
    throw fault(start, 'it ends in the middle');
  }
  checkManifest(lines[0] ?? '', start);
  let at = start;
  for (const line of lines.slice(1, -1)) {
    const entry = checkedEntry(line, at);
    yield entry;
    at = positionOf(entry.header);
  }
  if (at.sequence !== to) {
    throw fault(at, `it does not lead to entry ${to}`);
  }
  const last = parseLine(lines.at(-1) ?? '');
  if (last.kind !== 'end') {
    throw fault(at, 'it has no last line');
  }
}

function checkedEntry(line: string, at: Position): EntryLine {
  const read = parseLine(line);
  if (read.kind !== 'entry') {
    throw fault(at, `expected an entry, found "${read.kind}"`);
  }
  const { header, bodyText, erased } = read.entry;
  const link = linkFault(at, header);
  if (link !== undefined) {
    throw fault(at, link);
  }
  if (bodyText === undefined ? !erased : !isBodyOf(header, bodyText)) {
    throw fault(at, 'the body is not the one that the header names');
  }
  return read.entry;
}

function checkManifest(line: string, start: Position): void {
  const first = parseLine(line);
  if (first.kind !== 'manifest' || first.manifest.leakstop !== 'segment') {
    throw fault(start, 'it is not a segment');
  }
  const [about] = first.manifest.chains;
  const isOurs =
    about?.chain === start.chain && about.from === start.sequence + 1 && about.previous === start.hash;
  if (!isOurs) {
    throw fault(start, 'it begins elsewhere');
  }
}

function fault({ chain, sequence }: Position, why: string): LedgerFormatError {
  return new LedgerFormatError(
    `Cannot read the segment of chain "${chain}" behind entry ${sequence}: ${why}`,
  );
}
