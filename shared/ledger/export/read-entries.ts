import type { BodyStore } from '../body-store.ts';
import { readEntryHeader, readEntryTexts } from '../entry-texts.ts';
import { parsed } from '../checkpoints/parsed.ts';
import { hashHeader, type Header } from '../format/entry.ts';
import { erasureKind } from '../format/erasure.ts';
import { entryKey, headKey } from '../format/keys.ts';
import type { EntryTexts, Filter } from '../format/segment.ts';
import { readRow } from '../read-row.ts';
import { rowsIn } from '../rows-in.ts';
import { parseHead } from '../rows.ts';
import type { StorageTable } from '../table.ts';

/** Read access to a ledger. Nothing is ever written through this interface. */
export interface LedgerStore {
  readonly table: StorageTable;
  readonly bodies: BodyStore;
}

export interface StoredEntry extends EntryTexts {
  readonly header: Header;
}

/** A chain and the last entry that its head knows. */
export interface ChainEnd {
  readonly chain: string;
  /** 0 if no head says. */
  readonly sequence: number;
  /** Reason why no head says. Every chain has its head from its first entry on. */
  readonly fault?: 'head-missing' | 'head-unreadable';
}

/** Ends of chains according to their heads. */
export function readEnds(table: LedgerStore['table'], chains: readonly string[]): Promise<ChainEnd[]> {
  return Promise.all(
    chains.map(async (chain) => {
      const row = await readRow(table, chain, headKey);
      if (!row) {
        return { chain, sequence: 0, fault: 'head-missing' };
      }
      const head = parsed(() => parseHead(row));
      return head ? { chain, sequence: head.sequence } : { chain, sequence: 0, fault: 'head-unreadable' };
    }),
  );
}

/** Hash of the stored entry of that sequence; undefined if the entry is missing or unreadable. */
export async function readHash(
  table: LedgerStore['table'],
  chain: string,
  sequence: number,
): Promise<string | undefined> {
  const row = await readRow(table, chain, entryKey(sequence));
  const header = row && parsed(() => readEntryHeader(row));
  return header && hashHeader(header);
}

/**
 * The entries of a chain from a sequence on, in order, and unchecked. Entries that the filter leaves out come without a body.
 * A missing body comes as an erased one without a record. `onUnreadable` receives the row keys of entries without a header of
 * this chain; such entries are skipped, and a verifier finds the gap.
 * @throws RemediationError if table or blobs cannot be reached
 */
export async function* readEntries(
  { table, bodies }: LedgerStore,
  chain: string,
  from: number,
  filter: Filter,
  onUnreadable: (rowKey: string) => void,
): AsyncGenerator<StoredEntry> {
  for await (const row of rowsIn(table, chain, { from: entryKey(from), before: 'entry!~' })) {
    const header = parsed(() => readEntryHeader(row));
    if (header?.chain !== chain) {
      onUnreadable(String(row.rowKey));
      continue;
    }
    if (!isHeaderWanted(filter, header)) {
      yield { header, headerText: String(row.header) };
      continue;
    }
    const { headerText, bodyText, erased } = await readEntryTexts(row, header, bodies);
    if (bodyText === undefined) {
      yield { header, headerText, erased: erased ?? {} };
    } else {
      yield isBodyWanted(filter, header, bodyText)
        ? { header, headerText, bodyText }
        : { header, headerText };
    }
  }
}

/** Records of erasures always keep their bodies: without them a missing body cannot be explained. */
function isHeaderWanted({ since, until, case: wanted }: Filter, { time, kind, case: name }: Header): boolean {
  return (
    kind === erasureKind ||
    ((since === undefined || time >= since) &&
      (until === undefined || time < until) &&
      (wanted === undefined || name === wanted))
  );
}

function isBodyWanted({ control }: Filter, { kind }: Header, bodyText: string): boolean {
  return control === undefined || kind === erasureKind || controlOf(bodyText) === control;
}

/** An altered body is exported all the same: it is evidence. */
function controlOf(bodyText: string): unknown {
  try {
    return (JSON.parse(bodyText) as { readonly control?: unknown }).control;
  } catch {
    return undefined;
  }
}
