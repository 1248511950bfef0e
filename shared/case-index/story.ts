import type { ChainReader, ReadEntry } from '../ledger/chain-reader.ts';
import { type IndexedCase, dataOf } from './indexed-case.ts';
import type { StoryEntry } from '../words/story/told.ts';

/** All entries of the ledger about one case, oldest first. */
export interface Story {
  readonly entries: readonly StoryEntry[];
  /** True if entries in the middle were left out because the case has too many. */
  readonly isCut: boolean;
  /** Rows among the entries that are no entries: nobody knows if they belong to the case. */
  readonly unreadable: number;
}

/** Most entries in one transaction: the beginning of a part of the story can lie this far back. */
const longestUnit = 99;
const mostParts = 100;

/**
 * Reads around each place where the ledger has entries about the case. @throws RemediationError when the ledger cannot
 * be read
 */
export async function readStory(reader: ChainReader, indexed: IndexedCase): Promise<Story> {
  const { trail = [] } = dataOf(indexed);
  const ends = [...new Set([...trail, indexed.sequence])].sort((one, other) => one - other);
  const kept = ends.length <= mostParts ? ends : [...ends.slice(0, 20), ...ends.slice(20 - mostParts)];
  const entries: StoryEntry[] = [];
  let unreadable = 0;
  const onUnreadable = () => (unreadable += 1);
  for (const { from, to } of rangesOf(kept)) {
    for await (const entry of reader.entries(indexed.chain, from, to, onUnreadable)) {
      if (entry.caseId === indexed.caseId) {
        entries.push(storyEntry(entry));
      }
    }
  }
  return { entries, isCut: kept.length < ends.length || ends.length >= 200, unreadable };
}

function storyEntry({ sequence, time, kind, body }: ReadEntry): StoryEntry {
  if (body === undefined) {
    return { sequence, time, kind };
  }
  const { actor, payload } = body;
  return { sequence, time, kind, payload, ...(actor == null ? {} : { actor }) };
}

/** Ranges that cover every part, without overlap. Parts that lie close together share one range. */
function rangesOf(ends: readonly number[]): readonly { readonly from: number; readonly to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (const to of ends) {
    const from = Math.max(1, to - longestUnit + 1);
    const last = ranges.at(-1);
    if (last !== undefined && from <= last.to + 1) {
      last.to = to;
    } else {
      ranges.push({ from, to });
    }
  }
  return ranges;
}
