import { LedgerFormatError } from '../format/json.ts';
import { type Line, parseLine } from '../format/segment.ts';
import { readLines } from './read-lines.ts';
import type { Source } from './source.ts';

/** A line that was read, or why it cannot be. */
export type ParsedLine =
  { readonly number: number; readonly line: Line } | { readonly number: number; readonly fault: string };

/** The lines of a file as what they say. */
export async function* parsedLines(
  source: Source,
  observe: (bytes: Uint8Array) => void,
): AsyncGenerator<ParsedLine, undefined> {
  for await (const { number, text, fault } of readLines(source, observe)) {
    yield fault === undefined ? parse(number, text) : { number, fault };
  }
}

function parse(number: number, text: string): ParsedLine {
  try {
    return { number, line: parseLine(text) };
  } catch (error) {
    if (error instanceof LedgerFormatError) {
      return { number, fault: error.message };
    }
    throw error;
  }
}
