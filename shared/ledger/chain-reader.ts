import type { ChainSource } from './checkpoints/checked-entry.ts';
import { parsed } from './checkpoints/parsed.ts';
import { readEntryHeader, readEntryTexts } from './entry-texts.ts';
import { type Body, parseBody } from './format/entry.ts';
import { closedRange, entryKey, headKey, openRange } from './format/keys.ts';
import { readRow } from './read-row.ts';
import type { CaseRow, TellUnreadable } from './ledger.ts';
import { rowsIn } from './rows-in.ts';
import { parseHead, readCase } from './rows.ts';
import type { Row } from './table.ts';

/** An entry in the form that people and notices need. */
export interface ReadEntry {
  readonly sequence: number;
  readonly time: string;
  readonly kind: string;
  readonly caseId: string | null;
  /** Undefined if the body was erased or cannot be read. */
  readonly body: Body | undefined;
}

/** Receives the key of a malformed row. Lists go on without such rows, so somebody has to count them. */
export type OnUnreadable = (rowKey: string) => void;

/**
 * Plain reads of the ledger, for lists and notices. They check no hashes and write nothing, so their results must never
 * decide a change.
 */
export interface ChainReader {
  /** Sequence of the last entry; 0 for a chain without one. @throws RemediationError */
  end(chain: string): Promise<number>;
  /**
   * Entries from sequence `from` to sequence `to`, both included, in order.
   * @throws RemediationError, `malformed-input` for a row that is no entry, unless `onUnreadable` receives its key
   */
  entries(chain: string, from: number, to?: number, onUnreadable?: OnUnreadable): AsyncIterable<ReadEntry>;
  /** Open cases that can be read. */
  openCases(chain: string, tell?: TellUnreadable): AsyncIterable<CaseRow>;
  /** Readable cases that were closed at or after a time, in no particular order. `closedAt` is ISO 8601. */
  closedCases(
    chain: string,
    since: Date,
    tell?: TellUnreadable,
  ): AsyncIterable<CaseRow & { readonly closedAt: string }>;
}

export function openChainReader({ table, bodies }: ChainSource): ChainReader {
  return {
    async end(chain) {
      const row = await readRow(table, chain, headKey);
      return row === undefined ? 0 : parseHead(row).sequence;
    },
    entries: (chain, from, to, onUnreadable) =>
      entriesIn({ table, bodies }, chain, { from, to }, onUnreadable),
    async *openCases(chain, tell) {
      for await (const row of rowsIn(table, chain, openRange())) {
        const read = readCase(row, tell);
        if (read !== undefined) {
          yield read;
        }
      }
    },
    async *closedCases(chain, since, tell) {
      const closedSince = `closedAt ge '${since.toISOString()}'`;
      for await (const row of rowsIn(table, chain, closedRange(), closedSince)) {
        const read = readCase(row, tell);
        if (read !== undefined) {
          yield { ...read, closedAt: String(row.closedAt) };
        }
      }
    },
  };
}

/** The content of a row; undefined if the row is malformed and `onUnreadable` receives its key. */
function readOrTell<T>(row: Row, onUnreadable: OnUnreadable | undefined, read: () => T): T | undefined {
  if (onUnreadable === undefined) {
    return read();
  }
  const result = parsed(read);
  if (result === undefined) {
    onUnreadable(String(row.rowKey));
  }
  return result;
}

async function* entriesIn(
  { table, bodies }: ChainSource,
  chain: string,
  { from, to }: { readonly from: number; readonly to: number | undefined },
  onUnreadable: OnUnreadable | undefined,
): AsyncGenerator<ReadEntry> {
  const before = to === undefined ? 'entry!~' : entryKey(to + 1);
  for await (const row of rowsIn(table, chain, { from: entryKey(from), before })) {
    const header = readOrTell(row, onUnreadable, () => readEntryHeader(row));
    if (header === undefined) {
      continue;
    }
    const { bodyText } = await readEntryTexts(row, header, bodies);
    const { sequence, time, kind } = header;
    yield {
      sequence,
      time,
      kind,
      caseId: header.case,
      body: bodyText === undefined ? undefined : readable(bodyText),
    };
  }
}

function readable(bodyText: string): Body | undefined {
  try {
    return parseBody(bodyText);
  } catch {
    return undefined;
  }
}
