import { RemediationError } from '../../errors.ts';
import { readEntryHeader } from '../entry-texts.ts';
import type { UnsignedCheckpoint } from '../format/checkpoint.ts';
import { hashHeader, type Position } from '../format/entry.ts';
import { sha256 } from '../format/json.ts';
import { entryKey, headKey } from '../format/keys.ts';
import { segmentName } from '../format/segment.ts';
import { readRow } from '../read-row.ts';
import { parseHead } from '../rows.ts';
import type { StorageTable } from '../table.ts';
import type { WriteOnceFiles } from '../write-once-files.ts';
import type { ChainSource } from './checked-entry.ts';
import { compareRows } from './compare-rows.ts';
import { collectSegment } from './collect-segment.ts';
import type { SegmentBounds } from './segment-text.ts';
import type { Contradiction, ContradictionKind } from './contradiction.ts';
import type { FollowedChain } from './followed-chain.ts';
import { parsed } from './parsed.ts';
import { isSameSegment } from './segment-text.ts';

type SegmentFacts = UnsignedCheckpoint['segments'][number];

/** Result of examining a chain behind the place that the last checkpoint vouches for. */
export interface ExaminedChain {
  /** Last entry up to which the chain is correct and stored in segments; sequence 0 for none. */
  readonly end: Position;
  readonly segments: readonly SegmentFacts[];
  readonly contradiction: Contradiction | undefined;
}

export interface ExaminedSource extends ChainSource {
  readonly files: WriteOnceFiles;
  /** Largest size of one segment. */
  readonly bounds: SegmentBounds;
  /** Amount of the vouched part that is read again. */
  readonly lookBack: SegmentBounds;
}

/**
 * Compares a chain with the last checkpoint, checks every entry since and some before, and stores the new ones as segments.
 * Segments that exist are not stored again, so an interrupted examination can simply be repeated. Then the open rows are compared
 * with the entries. `believed` is the end up to which entries count, where the app seals its heads.
 */
export async function examineChain(
  source: ExaminedSource,
  vouchedFor: Position,
  followed: FollowedChain,
  believed?: Position,
): Promise<ExaminedChain> {
  const { chain } = vouchedFor;
  const contradicted = (kind: ContradictionKind, at: number): ExaminedChain => ({
    end: vouchedFor,
    segments: [],
    contradiction: { kind, chain, at },
  });
  const row = await readRow(source.table, chain, headKey);
  if (!row) {
    return contradicted('head-missing', vouchedFor.sequence);
  }
  const head = parsed(() => parseHead(row));
  if (!head) {
    return contradicted('head-altered', vouchedFor.sequence);
  }
  if (head.sequence < vouchedFor.sequence) {
    return contradicted('chain-shrunk', head.sequence);
  }
  const change = await changeAt(source.table, vouchedFor);
  if (change !== undefined) {
    return contradicted(change, vouchedFor.sequence);
  }
  const contradiction =
    (await followed.followTo(source.table, vouchedFor)) ??
    (await followed.lookBack(source, vouchedFor, source.lookBack));
  if (contradiction !== undefined) {
    return { end: vouchedFor, segments: [], contradiction };
  }
  const stored = await storeSince(source, vouchedFor, believed ?? head, followed);
  return stored.contradiction === undefined
    ? { ...stored, contradiction: await compareRows(source, stored.end, followed) }
    : stored;
}

/** The contradiction, if the entry that a checkpoint names is missing or was replaced. */
async function changeAt(
  table: StorageTable,
  { chain, sequence, hash }: Position,
): Promise<ContradictionKind | undefined> {
  if (sequence === 0) {
    return undefined;
  }
  const row = await readRow(table, chain, entryKey(sequence));
  if (!row) {
    return 'entry-missing';
  }
  const header = parsed(() => readEntryHeader(row));
  return header && hashHeader(header) === hash ? undefined : 'chain-changed';
}

async function storeSince(
  source: ExaminedSource,
  start: Position,
  head: Position,
  followed: FollowedChain,
): Promise<ExaminedChain> {
  const { chain } = start;
  const segments: SegmentFacts[] = [];
  let end = start;
  while (end.sequence < head.sequence) {
    const collected = await collectSegment(source, end, head.sequence, source.bounds, followed);
    if ('contradiction' in collected) {
      return { end, segments, contradiction: collected.contradiction };
    }
    const isLast = collected.end.sequence === head.sequence;
    if (isLast && collected.end.hash !== head.hash) {
      break;
    }
    const stored = await store(source.files, end, collected.end, collected.text);
    if (stored === undefined) {
      return {
        end,
        segments,
        contradiction: { kind: 'segment-altered', chain, at: end.sequence + 1 },
      };
    }
    segments.push(stored);
    end = collected.end;
  }
  const isWhole = end.sequence === head.sequence && end.hash === head.hash;
  return {
    end,
    segments,
    contradiction: isWhole ? undefined : { kind: 'head-altered', chain, at: head.sequence },
  };
}

/**
 * Stores a segment, unless an interrupted attempt or another writer stored it before. A segment stored before may hold bodies
 * that have been erased since. Undefined if other content has that name.
 */
async function store(
  files: WriteOnceFiles,
  start: Position,
  end: Position,
  text: string,
): Promise<SegmentFacts | undefined> {
  const [from, to] = [start.sequence + 1, end.sequence];
  const name = segmentName(start.chain, from, to);
  const facts = { chain: start.chain, from, to, name };
  if (await files.create(name, text)) {
    return { ...facts, sha256: sha256(text) };
  }
  const stored = await files.read(name);
  if (stored === undefined) {
    throw new RemediationError('storage-unavailable', `Cannot store "${name}": it is there and is not`);
  }
  return isSameSegment(stored, text, start, to) ? { ...facts, sha256: sha256(stored) } : undefined;
}
