import type { Clock } from '../../clock.ts';
import { timestamp } from '../../clock.ts';
import { FileComposer } from '../format/compose.ts';
import { genesis } from '../format/entry.ts';
import { placeOf } from './findings.ts';
import { type LedgerStore, readEnds, readEntries, readHash } from './read-entries.ts';

/** Limits of one page. */
export interface PageLimits {
  readonly entries: number;
  /** Most UTF-16 units of text; the last entry may exceed this limit. */
  readonly units: number;
  /** Longest time for reading entries. */
  readonly milliseconds: number;
}

/** A part of one chain, as a complete export file. */
export interface LedgerPage {
  readonly kind: 'page';
  readonly text: string;
  readonly from: number;
  /** Sequence of the last entry; `from` - 1 for a page without entries. */
  readonly to: number;
  /** Sequence at which the next page begins; undefined at the end of the chain. */
  readonly next: number | undefined;
  /** Sequence of the last entry that the head of the chain knows. */
  readonly end: number;
}

export type PageResult =
  | LedgerPage
  | { readonly kind: 'no-chain' }
  /** The chain is too short for a page to begin at that sequence. `end` is its last entry. */
  | { readonly kind: 'beyond-end'; readonly end: number }
  /** The row at `at` holds no entry of the chain. Later entries can be read from the table only. */
  | { readonly kind: 'unreadable'; readonly at: number | string };

/**
 * The entries of a chain from a sequence on, as many as the limits allow, between a manifest and an end: consecutive pages
 * verify as one export. A page ends before an unreadable entry.
 * @throws RemediationError if table or blobs cannot be reached; the signal's reason if it is aborted
 */
export async function exportPage(
  store: LedgerStore,
  chain: string,
  from: number,
  limits: PageLimits,
  clock: Clock,
): Promise<PageResult> {
  const start = await beginningOf(store, chain, from);
  if ('kind' in start) {
    return start;
  }
  const composer = new FileComposer({
    leakstop: 'export',
    format: 1,
    chains: [{ chain, from, previous: start.previous }],
    createdAt: timestamp(clock),
  });
  const parts = [composer.first()];
  const unreadable = await gather(store, { chain, from, limits, clock }, composer, parts);
  const to = composer.ends()[0]?.to ?? from - 1;
  if (unreadable !== undefined && to < from) {
    return { kind: 'unreadable', at: unreadable };
  }
  parts.push(composer.last());
  const hasMore = to >= from && to < start.end;
  return {
    kind: 'page',
    text: parts.join(''),
    from,
    to,
    next: hasMore ? to + 1 : undefined,
    end: Math.max(start.end, to),
  };
}

/** The hash that the first entry must name, and the end that the head knows; or the reason why no page can begin there. */
async function beginningOf(
  { table }: LedgerStore,
  chain: string,
  from: number,
): Promise<{ readonly previous: string; readonly end: number } | Exclude<PageResult, LedgerPage>> {
  const [head] = await readEnds(table, [chain]);
  if (head?.fault === 'head-unreadable') {
    return { kind: 'unreadable', at: 'head' };
  }
  if (head === undefined || head.fault !== undefined) {
    return { kind: 'no-chain' };
  }
  const { sequence: end } = head;
  if (from === 1) {
    return { previous: genesis(chain).hash, end };
  }
  const previous = await readHash(table, chain, from - 1);
  if (previous !== undefined) {
    return { previous, end };
  }
  return from - 1 > end ? { kind: 'beyond-end', end } : { kind: 'unreadable', at: from - 1 };
}

interface Wanted {
  readonly chain: string;
  readonly from: number;
  readonly limits: PageLimits;
  readonly clock: Clock;
}

/** Adds entries to `parts` until a limit is reached; returns the place of an unreadable entry, if one ended the page. */
async function gather(
  store: LedgerStore,
  { chain, from, limits, clock }: Wanted,
  composer: FileComposer,
  parts: string[],
): Promise<number | string | undefined> {
  const until = clock.now().getTime() + limits.milliseconds;
  let unreadable: number | string | undefined;
  let units = 0;
  let entries = 0;
  const onUnreadable = (key: string) => (unreadable ??= placeOf(key));
  for await (const entry of readEntries(store, chain, from, {}, onUnreadable)) {
    // A line feed inside a body would begin a line of its own in the file.
    unreadable ??= entry.bodyText?.includes('\n') === true ? entry.header.sequence : undefined;
    if (unreadable !== undefined) {
      return unreadable;
    }
    const line = composer.entry(entry);
    parts.push(line);
    units += line.length;
    entries += 1;
    if (entries >= limits.entries || units >= limits.units || clock.now().getTime() >= until) {
      return undefined;
    }
  }
  return unreadable;
}
