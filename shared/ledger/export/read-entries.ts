import { storageStatus, toStorageError } from '../../storage-errors.ts';
import type { BodyStore } from '../body-store.ts';
import { readEntryHeader, readEntryTexts } from '../entry-texts.ts';
import type { Header } from '../format/entry.ts';
import { erasureKind } from '../format/erasure.ts';
import { entryKey, headKey } from '../format/keys.ts';
import type { EntryTexts, Filter } from '../format/segment.ts';
import { rowsIn } from '../open-ledger.ts';
import { parseHead } from '../rows.ts';
import type { StorageTable } from '../table.ts';

/** Where a ledger is read. Nothing is ever written through it. */
export interface LedgerStore {
  readonly table: StorageTable;
  readonly bodies: BodyStore;
}

/** An entry as it is stored. */
export interface StoredEntry extends EntryTexts {
  readonly header: Header;
}

/** A chain and the last entry that its head knows. */
export interface ChainEnd {
  readonly chain: string;
  readonly sequence: number;
}

/**
 * Every chain of a table, sorted. Hops from partition to partition: a query for all heads would walk all entries.
 * @throws RemediationError as `toStorageError` says
 */
export async function listChains(table: LedgerStore['table']): Promise<readonly string[]> {
  const chains: string[] = [];
  for (;;) {
    const next = await partitionAfter(table, chains.at(-1) ?? '');
    if (next === undefined) {
      return chains;
    }
    chains.push(next);
  }
}

async function partitionAfter(table: LedgerStore['table'], chain: string): Promise<string | undefined> {
  const queryOptions = { filter: `PartitionKey gt '${chain}'`, select: ['PartitionKey'] };
  try {
    for await (const { partitionKey } of table.listEntities({ queryOptions })) {
      return partitionKey;
    }
    return undefined;
  } catch (error) {
    throw toStorageError(error, 'list the chains');
  }
}

/** Ends of chains as their heads tell, 0 for a chain without a head. */
export function readEnds(table: LedgerStore['table'], chains: readonly string[]): Promise<ChainEnd[]> {
  return Promise.all(
    chains.map(async (chain) => {
      try {
        return { chain, sequence: parseHead(await table.getEntity(chain, headKey)).sequence };
      } catch (error) {
        if (storageStatus(error) === 404) {
          return { chain, sequence: 0 };
        }
        throw toStorageError(error, `read the head of chain "${chain}"`);
      }
    }),
  );
}

/**
 * The entries of a chain from a sequence on, in their order, as they are: nothing is checked. Those that the filter leaves
 * out come without a body. A body that is missing comes as an erased one, for a verifier to ask for its record.
 * @throws RemediationError for what cannot be read, LedgerFormatError for a header that is none
 */
export async function* readEntries(
  { table, bodies }: LedgerStore,
  chain: string,
  from: number,
  filter: Filter = {},
): AsyncGenerator<StoredEntry> {
  for await (const row of rowsIn(table, chain, { from: entryKey(from), before: 'entry!~' })) {
    const header = readEntryHeader(row);
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

/** Records of erasures are always told whole: without them a missing body cannot be explained. */
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

/** A body that is not what it was is exported all the same: it is evidence. */
function controlOf(bodyText: string): unknown {
  try {
    return (JSON.parse(bodyText) as { readonly control?: unknown }).control;
  } catch {
    return undefined;
  }
}
