import { isAsEntrySays } from '../as-entry-says.ts';
import { readEntryHeader } from '../entry-texts.ts';
import type { Header, Position } from '../format/entry.ts';
import { canonicalJson, sha256 } from '../format/json.ts';
import { headKey, openRange } from '../format/keys.ts';
import { moveOf } from '../format/links.ts';
import type { CaseRow } from '../ledger.ts';
import { readRow } from '../read-row.ts';
import { parseHead, readCase } from '../rows.ts';
import { rowsIn } from '../rows-in.ts';
import type { ChainSource } from './checked-entry.ts';
import type { Contradiction } from './contradiction.ts';
import { type FollowedChain, headersOf, type OpenCase } from './followed-chain.ts';
import { parsed } from './parsed.ts';

/** Entries that are read side by side. */
const mostAtOnce = 16;

/**
 * Compares the open rows of a chain with its entries, which were followed up to `end`: every open case has one row, with its
 * state, its last entry and the data that this entry carries, and no other row is open. Commits that come in between count by
 * their entries. Undefined if nothing contradicts.
 */
export async function compareRows(
  source: ChainSource,
  end: Position,
  followed: FollowedChain,
): Promise<Contradiction | undefined> {
  const { chain } = end;
  const open = followed.openCases();
  const rows: CaseRow[] = [];
  for await (const row of rowsIn(source.table, chain, openRange())) {
    const read = readCase(row);
    if (read === undefined) {
      return { kind: 'row-altered', chain, at: end.sequence };
    }
    rows.push(read);
  }
  const since = await versionsSince(source, end, open);
  const versionsOf = (caseId: string): readonly Version[] => [
    open.get(caseId) ?? 'none',
    ...(since.get(caseId) ?? []),
  ];
  const present = new Set(rows.map(({ caseId }) => caseId));
  const missing = [...open].find(
    ([caseId]) => !present.has(caseId) && versionsOf(caseId).every((version) => isOpen(version)),
  );
  if (missing !== undefined) {
    return { kind: 'row-missing', chain, at: missing[1].sequence };
  }
  const odd = rows.find((row) => !versionsOf(row.caseId).some((version) => isVersion(row, version)));
  if (odd !== undefined) {
    const isKnown = versionsOf(odd.caseId).some((version) => isOpen(version));
    return { kind: isKnown ? 'row-altered' : 'row-planted', chain, at: odd.sequence };
  }
  return compareData(source, chain, rows, followed);
}

/** A case at one entry; `none` before its first one. */
type Version = OpenCase | 'none';

function isOpen(version: Version): boolean {
  return version !== 'none' && version.state !== 'closed';
}

function isVersion({ state, sequence }: CaseRow, version: Version): boolean {
  return version !== 'none' && version.state === state && version.sequence === sequence;
}

/** The versions that entries behind `end` made while the rows were read, by case. */
async function versionsSince(
  { table }: ChainSource,
  end: Position,
  open: ReadonlyMap<string, OpenCase>,
): Promise<Map<string, OpenCase[]>> {
  const versions = new Map<string, OpenCase[]>();
  const row = await readRow(table, end.chain, headKey);
  const to = row === undefined ? undefined : parsed(() => parseHead(row))?.sequence;
  for await (const entry of headersOf(table, end, to ?? end.sequence)) {
    const header = parsed(() => readEntryHeader(entry));
    const after = header && versionAfter(header, versions, open);
    if (after !== undefined) {
      const name = header?.case ?? '';
      versions.set(name, [...(versions.get(name) ?? []), after]);
    }
  }
  return versions;
}

/** The version of a case that an entry makes; undefined for an entry without a case, and for an illegal move. */
function versionAfter(
  header: Header,
  versions: ReadonlyMap<string, readonly OpenCase[]>,
  open: ReadonlyMap<string, OpenCase>,
): OpenCase | undefined {
  const name = header.case ?? '';
  const before = (versions.get(name)?.at(-1) ?? open.get(name))?.state ?? 'none';
  const move = moveOf(before, header);
  return 'fault' in move || move.after === undefined
    ? undefined
    : { state: move.after, sequence: header.sequence };
}

async function compareData(
  source: ChainSource,
  chain: string,
  rows: readonly CaseRow[],
  { compared }: FollowedChain,
): Promise<Contradiction | undefined> {
  const printed = rows.map((row) => ({ row, print: printOf(row) }));
  const unknown = printed.filter(({ row, print }) => compared.get(row.key) !== print);
  compared.clear();
  const names = new Set(unknown.map(({ row }) => row.key));
  printed.filter(({ row }) => !names.has(row.key)).forEach(({ row, print }) => compared.set(row.key, print));
  for (let start = 0; start < unknown.length; start += mostAtOnce) {
    const part = unknown.slice(start, start + mostAtOnce);
    const isTrue = await Promise.all(part.map(({ row }) => isAsEntrySays(source, chain, row)));
    const at = part[isTrue.indexOf(false)]?.row.sequence;
    if (at !== undefined) {
      return { kind: 'row-altered', chain, at };
    }
    part.forEach(({ row, print }) => compared.set(row.key, print));
  }
  return undefined;
}

function printOf({ caseId, sequence, data }: CaseRow): string {
  return sha256(canonicalJson({ caseId, sequence, data }));
}
