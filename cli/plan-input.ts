import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { RemediationError } from '../shared/errors.ts';
import { at, type BodySource, parseJson, type Place, readBody } from '../shared/preview/body.ts';
import type { Finder } from '../shared/preview/finder.ts';
import type { Found } from '../shared/preview/found.ts';
import { type JsonRecord, JsonRecords, type ListName } from '../shared/preview/json-records.ts';
import { OpenCases } from '../shared/preview/open-cases.ts';
import type { Remediator } from '../shared/contract/remediator.ts';
import { jsonOf } from '../shared/text/json-text.ts';
import { redact } from '../shared/text/secrets.ts';

/** Name of standard input. */
export const standardInput = '-';

export interface Input {
  readonly files: readonly string[];
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  readonly remediators: readonly Remediator[];
}

/**
 * Reads files of all kinds that `plan` accepts into a finder, in constant memory except for the findings.
 * @returns notices about the files, for example that they are incomplete
 * @throws RemediationError `malformed-input` that names file and line
 */
export async function readInput(
  { files, stdin, signal, remediators }: Input,
  finder: Finder,
  onCase: (found: Found) => void,
): Promise<{ readonly notices: readonly string[]; readonly isWhole: boolean }> {
  const notices: string[] = [];
  for (const file of files) {
    const name = file === standardInput ? 'standard input' : file;
    const bytes = file === standardInput ? stdin : createReadStream(file, { highWaterMark: 262_144 });
    const reader = new FileReader(name, finder, remediators);
    for await (const text of decoded(bytes, name)) {
      signal.throwIfAborted();
      reader.take(text);
    }
    reader.finish().forEach(onCase);
    notices.push(...reader.notices);
  }
  // Every notice reports something missing.
  return { notices, isWhole: notices.length === 0 };
}

/** Reads one file, whose first record determines its kind. */
class FileReader {
  readonly notices: string[] = [];
  readonly #name: string;
  readonly #finder: Finder;
  readonly #remediators: readonly Remediator[];
  readonly #records: JsonRecords;
  #cases: OpenCases | undefined;
  #hasEnd = false;
  #units = 0;
  #read = 0;
  readonly #faults: { readonly error: RemediationError; readonly what: string; readonly place: Place }[] = [];

  constructor(name: string, finder: Finder, remediators: readonly Remediator[]) {
    this.#name = name;
    this.#finder = finder;
    this.#remediators = remediators;
    this.#records = new JsonRecords(name);
  }

  take(text: string): void {
    this.#units += text.trim().length;
    for (const record of this.#records.push(text)) {
      this.#record(record, placeOf(this.#name, record));
    }
  }

  finish(): readonly Found[] {
    this.#records.end();
    if (this.#units === 0) {
      throw new RemediationError(
        'malformed-input',
        `Cannot read "${this.#name}": it is empty; expected resources as JSON ("[]" for none)`,
      );
    }
    this.#tellFaults();
    if (this.#cases !== undefined && !this.#hasEnd) {
      this.notices.push(`"${this.#name}" is an export that was interrupted: later entries are missing`);
    }
    return this.#cases?.finish(this.#remediators) ?? [];
  }

  #record(record: JsonRecord, place: Place): void {
    if (record.kind === 'page') {
      this.#page(record.text, place);
    } else if (record.list === undefined && isLedger(record.text)) {
      this.#hasEnd ||= record.text.startsWith('{"chains":') && record.text.includes('"end":true');
      this.#cases ??= new OpenCases();
      this.#cases.add(record.text, place);
    } else {
      this.#body(record, place);
    }
  }

  /** An unreadable record does not keep the others from being judged. */
  #body(record: Extract<JsonRecord, { kind: 'record' }>, place: Place): void {
    try {
      this.#finder.add(readBody(record.text, sourceOf(record), place));
      this.#read += 1;
    } catch (error) {
      if (!(error instanceof RemediationError)) {
        throw error;
      }
      this.#faults.push({ error, what: whatIs(record.text), place });
    }
  }

  /** Refuses a file without any readable record: the caller meant another file. */
  #tellFaults(): void {
    const [first] = this.#faults;
    if (first !== undefined && this.#read === 0) {
      throw first.error;
    }
    this.#faults.forEach(({ error, what, place }) =>
      this.#finder.addUnreadable(what, error.message.replace(`Cannot read ${at(place)}: `, ''), place),
    );
  }

  /** The envelope of a list says if the list is complete. */
  #page(text: string, place: Place): void {
    const page = parseJson(text, place) as Readonly<Record<string, unknown>>;
    const more = ['nextLink', 'skip_token', 'skipToken', '$skipToken'].find((name) => isText(page[name]));
    if (more !== undefined) {
      this.notices.push(`${at(place)}: "${more}" says that more pages follow: not everything was given`);
    }
    if (page.resultTruncated === 'true' || page.resultTruncated === true) {
      this.notices.push(`${at(place)}: Resource Graph cut the result short: not everything was given`);
    }
    if (Array.isArray(page.diagnostics) && page.diagnostics.length > 0) {
      this.notices.push(`${at(place)}: the deployment could not be predicted in full: it has diagnostics`);
    }
  }
}

function placeOf(file: string, record: JsonRecord): Place {
  const { line } = record;
  return record.kind === 'record' && record.item > 1 ? { file, line, item: record.item } : { file, line };
}

/** Longest part of an unreadable record that is printed. */
const shownOfRecord = 200;

/** The subject of an unreadable record, as far as the record names one. */
function whatIs(text: string): string {
  const members = jsonOf(text);
  const { id, name } = (typeof members === 'object' && members !== null ? members : {}) as Record<
    string,
    unknown
  >;
  const found = [id, name].find((each) => typeof each === 'string' && each !== '') as string | undefined;
  return found === undefined ? 'a record without an id' : redact(found.slice(0, shownOfRecord));
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function sourceOf({ list }: Extract<JsonRecord, { kind: 'record' }>): BodySource {
  return list === undefined ? 'resource-manager' : sources[list];
}

const sources = {
  value: 'resource-manager',
  data: 'resource-graph',
  predictedResources: 'predicted',
} as const satisfies Record<ListName, BodySource>;

/** True for a line of an export: it begins with one of these, in the canonical order of members. */
function isLedger(text: string): boolean {
  return /^\{"(body|erased|header|chains|createdAt)":/.test(text) && /"(header|leakstop|end)":/.test(text);
}

/** Decodes bytes: UTF-8, or the UTF-16 that PowerShell writes. */
async function* decoded(bytes: AsyncIterable<Uint8Array | string>, name: string): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  for await (const chunk of bytes) {
    const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    decoder ??= new TextDecoder(encodingOf(data, name), { fatal: true });
    yield decode(decoder, data, name);
  }
  if (decoder !== undefined) {
    yield decode(decoder, undefined, name);
  }
}

function decode(decoder: TextDecoder, data: Uint8Array | undefined, name: string): string {
  try {
    return data === undefined ? decoder.decode() : decoder.decode(data, { stream: true });
  } catch (error) {
    throw new RemediationError('malformed-input', `Cannot read "${name}": expected UTF-8 text`, {
      cause: error,
    });
  }
}

function encodingOf(data: Uint8Array, name: string): string {
  const start = Buffer.from(data.subarray(0, 4)).toString('hex');
  if (start.startsWith('1f8b') || start === '504b0304' || start === '28b52ffd') {
    throw new RemediationError('malformed-input', `Cannot read "${name}": it is packed: unpack it first`);
  }
  return start.startsWith('fffe') ? 'utf-16le' : 'utf-8';
}
