import { TextDecoder } from 'node:util';
import { LedgerFormatError } from '../../format/json.ts';
import { type Line, parseLine } from '../../format/segment.ts';

/** A file to be verified. The file is read more than once, and never held whole. */
export interface Source {
  /** Name for people. */
  readonly name: string;
  /** Path from the root on; the name if absent. */
  readonly path?: string;
  /** Number of bytes. */
  readonly size: number;
  /** The bytes from an offset on. */
  open(start?: number): AsyncIterable<Uint8Array>;
}

/** One line without its line feed, or the fault that keeps it from being a line. */
export interface TextLine {
  readonly number: number;
  readonly text: string;
  readonly fault: string | undefined;
}

const lineFeed = 10;
/**
 * Longest accepted line. No entry comes near this length, and a file without line feeds must not be read into memory whole.
 */
const longestLine = 64 * 1024 * 1024;

/**
 * The lines of a file, in constant memory. Reading ends after the first line with a fault: bytes that are no text, a line
 * without end, a packed or empty file. `observe` receives every byte that is read.
 */
export async function* readLines(
  source: Pick<Source, 'open'>,
  observe?: (bytes: Uint8Array) => void,
): AsyncGenerator<TextLine, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest: Buffer[] = [];
  let restLength = 0;
  let number = 0;
  for await (const bytes of source.open()) {
    observe?.(bytes);
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      const part = chunk.subarray(start, end);
      const line = toLine(decoder, (number += 1), rest.length === 0 ? part : Buffer.concat([...rest, part]));
      rest = [];
      restLength = 0;
      start = end + 1;
      yield line;
      if (line.fault !== undefined) {
        return undefined;
      }
    }
    if (start < chunk.length) {
      rest.push(chunk.subarray(start));
      restLength += chunk.length - start;
    }
    if (restLength > longestLine) {
      yield {
        number: number + 1,
        text: '',
        fault: 'the line is longer than any entry: the file is no ledger, or its line feeds were lost',
      };
      return undefined;
    }
  }
  if (number === 0 && restLength === 0) {
    yield { number: 1, text: '', fault: 'the file is empty' };
  }
  if (restLength > 0) {
    yield unended(decoder, number + 1, Buffer.concat(rest));
  }
  return undefined;
}

/** Fault of a last line without a line feed: its writer stopped in the middle. */
export const isCutOff = 'the file ends in the middle of this line';

const isNoneOfOurs = 'the file is no export and no segment: its first line is not one of theirs';

/** Beginning of the first line in every file of ours. */
const firstLine = '{"chains":[';

function unended(decoder: TextDecoder, number: number, bytes: Buffer): TextLine {
  const line = toLine(decoder, number, bytes);
  // A packed file need not have a line feed at all, and the end of a text may fall inside a character.
  if (bytes.includes(0) || (number === 1 && line.fault !== undefined)) {
    return line;
  }
  const start = bytes.subarray(0, firstLine.length).toString('latin1');
  if (number === 1 && line.text.includes('"leakstop":"checkpoint"')) {
    return { ...line, fault: 'the file is a checkpoint: name its folder with --checkpoints' };
  }
  return number === 1 && !firstLine.startsWith(start) && !start.startsWith(firstLine)
    ? { ...line, fault: isNoneOfOurs }
    : { ...line, fault: isCutOff };
}

function toLine(decoder: TextDecoder, number: number, bytes: Buffer): TextLine {
  const rewritten = (number === 1 ? startFault(bytes) : undefined) ?? bytesFault(bytes);
  if (rewritten !== undefined) {
    return { number, text: '', fault: rewritten };
  }
  try {
    return { number, text: decoder.decode(bytes), fault: undefined };
  } catch {
    return { number, text: '', fault: 'the line is not UTF-8 text' };
  }
}

const carriageReturn = 13;
const openBrace = 123;

/** JSON on one line holds neither of these bytes. */
function bytesFault(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) {
    return 'the line holds NUL bytes, as a disk leaves them that was full or lost power: copy the file again';
  }
  return bytes.at(-1) === carriageReturn
    ? 'the line ends with CRLF, so something has rewritten the line ends: copy the file as binary, or take the carriage returns out (dos2unix)'
    : undefined;
}

function startFault(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 4).toString('hex');
  if (start.startsWith('1f8b')) {
    return 'the file is packed with gzip: unpack it first';
  }
  if (start.startsWith('504b0304') || start === '28b52ffd') {
    return 'the file is packed: unpack it first';
  }
  if (start.startsWith('efbbbf')) {
    return 'the file begins with a byte order mark, so something has rewritten it (a CSV export has one; give the NDJSON)';
  }
  if (start.startsWith('fffe') || start.startsWith('feff')) {
    return 'the file is UTF-16 text, so something has rewritten it';
  }
  // NUL bytes have a fault of their own.
  return bytes.length > 0 && bytes[0] !== openBrace && bytes[0] !== 0 ? isNoneOfOurs : undefined;
}

/** A parsed line, or the reason why it cannot be parsed. */
export type ParsedLine =
  { readonly number: number; readonly line: Line } | { readonly number: number; readonly fault: string };

/** The parsed lines of a file. */
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
