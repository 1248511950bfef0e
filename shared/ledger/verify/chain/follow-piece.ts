import type { Position } from '../../format/entry.ts';
import { LedgerFormatError } from '../../format/json.ts';
import { linkFault } from '../../format/links.ts';
import type { EntryLine } from '../../format/segment.ts';
import { CaseMoves, moveFaults } from './case-moves.ts';
import { type LedgerFinding, finding } from '../finding.ts';
import { parsedLines } from '../line/read-lines.ts';
import type { ChainPieces, Piece } from './pieces.ts';
import type { Source } from '../line/read-lines.ts';
import { groupBy } from '../group-by.ts';

/** Result of reading a piece once more. */
export interface Followed {
  readonly finding: LedgerFinding | undefined;
  readonly notices: readonly string[];
}

/**
 * Follows the cases of a piece from file to file, and compares its records with the entries. Reads again only where one file
 * alone was not enough.
 */
export async function followPiece(
  piece: Piece,
  { records, marks }: ChainPieces,
  sources: ReadonlyMap<string, Source>,
): Promise<Followed> {
  const isTold = piece.reports.some(({ from, to }) => from === piece.from && to === piece.to);
  const proved = new Set(marks.map(({ sequence, bodyHash }) => `${sequence} ${bodyHash}`));
  const named = groupBy(
    records.filter(({ sequence, bodyHash }) => !proved.has(`${sequence} ${bodyHash}`)),
    ({ sequence }) => sequence,
  );
  if (isTold && ![...named.keys()].some((each) => each >= piece.from && each <= piece.to)) {
    return { finding: undefined, notices: [] };
  }
  const moves = new CaseMoves(piece.from === 1);
  const notices: string[] = [];
  for await (const { file, line, entry } of entriesOf(piece, sources)) {
    const { chain, sequence, kind, bodyHash } = entry.header;
    const fault = moves.take(entry.header);
    if (fault !== undefined) {
      const place = { file, line, chain, sequence };
      return { finding: finding('illegal-move', place, `"${kind}": ${moveFaults[fault]}`), notices };
    }
    const wrong = named.get(sequence)?.find((each) => each.bodyHash !== bodyHash);
    if (wrong) {
      notices.push(
        `chain "${chain}": the record ${wrong.record} names entry ${sequence} with a hash that its body never had`,
      );
    }
  }
  return { finding: undefined, notices };
}

interface PlacedEntry {
  readonly file: string;
  readonly line: number;
  readonly entry: EntryLine;
}

/** Yields each entry of a piece once. */
async function* entriesOf(piece: Piece, sources: ReadonlyMap<string, Source>): AsyncGenerator<PlacedEntry> {
  let position: Position | undefined;
  for (const { file, to } of piece.reports) {
    const source = sources.get(file);
    if (!source || to <= (position?.sequence ?? 0)) {
      continue;
    }
    for await (const each of entriesIn(source, piece.chain)) {
      const { header, hash } = each.entry;
      if (position && header.sequence <= position.sequence) {
        continue;
      }
      if (position && linkFault(position, header) !== undefined) {
        throw changed(file);
      }
      position = { chain: piece.chain, sequence: header.sequence, hash };
      yield each;
    }
  }
}

async function* entriesIn(source: Source, chain: string): AsyncGenerator<PlacedEntry> {
  for await (const each of parsedLines(source, () => undefined)) {
    if ('fault' in each) {
      throw changed(source.name);
    }
    if (each.line.kind === 'entry' && each.line.entry.header.chain === chain) {
      yield { file: source.name, line: each.number, entry: each.line.entry };
    }
  }
}

function changed(file: string): LedgerFormatError {
  return new LedgerFormatError(`Cannot verify "${file}": it changed while it was read`);
}
