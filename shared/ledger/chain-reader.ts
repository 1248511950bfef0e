import type { BodyStore } from './body-store.ts';
import type { ChainSource } from './checkpoints/checked-entry.ts';
import { readEntryHeader, readEntryTexts } from './entry-texts.ts';
import { type Body, parseBody } from './format/entry.ts';
import { closedRange, entryKey, headKey, openRange } from './format/keys.ts';
import { readRow } from './known-chain.ts';
import type { CaseRow, TellUnreadable } from './ledger.ts';
import { rowsIn } from './open-ledger.ts';
import { parseHead, readCase } from './rows.ts';
import type { StorageTable } from './table.ts';

/** An entry as people and notices need it. */
export interface ReadEntry {
  readonly chain: string;
  readonly sequence: number;
  /** ISO 8601. */
  readonly time: string;
  readonly kind: string;
  readonly caseId: string | null;
  /** Undefined where the body was erased or cannot be read. */
  readonly body: Body | undefined;
}

/**
 * Plain reads of the ledger, for lists and notices. Nothing is checked against hashes and nothing is written: what is read here
 * never decides a change.
 */
export interface ChainReader {
  /** Sequence of the last entry; 0 for a chain without one. @throws RemediationError */
  end(chain: string): Promise<number>;
  /** Entries from a sequence on, up to and with another one, in their order. @throws RemediationError */
  entries(chain: string, from: number, to?: number): AsyncIterable<ReadEntry>;
  openCases(chain: string, tell?: TellUnreadable): AsyncIterable<CaseRow>;
  /** Cases that were closed at or after a time, in no order that means anything. `closedAt` is ISO 8601. */
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
    entries: (chain, from, to) => entriesIn(table, bodies, chain, from, to),
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

async function* entriesIn(
  table: StorageTable,
  bodies: BodyStore,
  chain: string,
  from: number,
  to: number | undefined,
): AsyncGenerator<ReadEntry> {
  const before = to === undefined ? 'entry!~' : entryKey(to + 1);
  for await (const row of rowsIn(table, chain, { from: entryKey(from), before })) {
    const header = readEntryHeader(row);
    const { bodyText } = await readEntryTexts(row, header, bodies);
    const { sequence, time, kind } = header;
    yield {
      chain,
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
