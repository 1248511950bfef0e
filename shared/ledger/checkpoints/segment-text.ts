import { FileComposer } from '../format/compose.ts';
import type { Position } from '../format/entry.ts';
import { LedgerFormatError } from '../format/json.ts';
import { isBodyOf, linkFault, positionOf } from '../format/links.ts';
import { type EntryLine, type EntryTexts, parseLine, segmentFormat } from '../format/segment.ts';

/** The file of these entries. `createdAt` is the last one's time, so that the same entries are the same bytes. */
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
 * The entries of a segment that follows `start` and leads to entry `to`, each checked before it is given out. Where they
 * lead is for the caller to compare.
 * @throws LedgerFormatError at the first line that is not as it has to be
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
  const parsed = parseLine(line);
  if (parsed.kind !== 'entry') {
    throw fault(at, `expected an entry, found "${parsed.kind}"`);
  }
  const { header, bodyText, erased } = parsed.entry;
  const link = linkFault(at, header);
  if (link !== undefined) {
    throw fault(at, link);
  }
  if (bodyText === undefined ? !erased : !isBodyOf(header, bodyText)) {
    throw fault(at, 'the body is not the one that the header names');
  }
  return parsed.entry;
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
