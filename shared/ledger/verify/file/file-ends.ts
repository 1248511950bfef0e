import { LedgerFormatError } from '../../format/json.ts';
import { type End, type Line, type Manifest, parseLine } from '../../format/segment.ts';
import { readLines } from '../line/read-lines.ts';
import type { Source } from '../line/read-lines.ts';

/** First and last line of a file, if present. The complete reading reports their faults. */
export interface FileEnds {
  readonly source: Source;
  readonly manifest: Manifest | undefined;
  readonly end: End | undefined;
}

const lineFeed = 10;

/** Reads the two ends of a file and nothing in between. */
export async function readEnds(source: Source): Promise<FileEnds> {
  const first = await firstLine(source);
  const last = await lastLine(source);
  return {
    source,
    manifest: first?.kind === 'manifest' ? first.manifest : undefined,
    end: last?.kind === 'end' ? last.end : undefined,
  };
}

async function firstLine(source: Source): Promise<Line | undefined> {
  const lines = readLines(source);
  const { value } = await lines.next();
  await lines.return(undefined);
  return value && value.fault === undefined ? parsed(value.text) : undefined;
}

async function lastLine(source: Source): Promise<Line | undefined> {
  for (let length = 65_536; ; length *= 8) {
    const start = Math.max(0, source.size - length);
    const bytes = await collect(source.open(start));
    const before = bytes.lastIndexOf(lineFeed, -2);
    if (before !== -1 && bytes.at(-1) === lineFeed) {
      return parsed(bytes.subarray(before + 1, -1).toString('utf8'));
    }
    if (start === 0 || length > 100_000_000) {
      return undefined;
    }
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const collected: Uint8Array[] = [];
  for await (const chunk of chunks) {
    collected.push(chunk);
  }
  return Buffer.concat(collected);
}

function parsed(text: string): Line | undefined {
  try {
    return parseLine(text);
  } catch (error) {
    if (error instanceof LedgerFormatError) {
      return undefined;
    }
    throw error;
  }
}

/**
 * The entries at which files begin and end. Files are compared only there: two files that share entries share the end of one
 * of them, and agreement there is agreement on everything before.
 */
export type Places = ReadonlyMap<string, ReadonlySet<number>>;

export function placesOf(ends: readonly FileEnds[]): Places {
  const places = new Map<string, Set<number>>();
  const add = (chain: string, sequence: number): void => {
    const known = places.get(chain) ?? new Set();
    places.set(chain, known.add(sequence));
  };
  for (const { manifest, end } of ends) {
    manifest?.chains.forEach(({ chain, from }) => add(chain, from - 1));
    end?.chains.forEach(({ chain, to }) => add(chain, to));
  }
  return places;
}
