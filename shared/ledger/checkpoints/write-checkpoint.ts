import { type Clock, timestamp } from '../../clock.ts';
import { RemediationError } from '../../errors.ts';
import {
  type Checkpoint,
  checkpointFault,
  checkpointName,
  checkpointText,
  makeCheckpoint,
  signedText,
  type UnsignedCheckpoint,
} from '../format/checkpoint.ts';
import { isSignedBy } from '../format/signature.ts';
import { listChains } from './chains.ts';
import type { CheckpointFiles } from './checkpoint-files.ts';
import { type ChainSource, type SegmentBounds, segmentBounds } from './collect-segment.ts';
import type { Contradiction } from './contradiction.ts';
import { examineChain } from './examine-chain.ts';
import { type PublicKeyOf, readLastCheckpoint } from './last-checkpoint.ts';

/** What signs checkpoints. */
export interface CheckpointKey {
  sign(text: string): Promise<{ readonly keyId: string; readonly value: string }>;
  readonly publicKey: PublicKeyOf;
}

export interface CheckpointParts extends ChainSource {
  readonly files: CheckpointFiles;
  readonly key: CheckpointKey;
  readonly clock: Clock;
  readonly bounds?: SegmentBounds;
}

/** What one run did. Contradictions do not keep the chains that are as they should be from being vouched for. */
export interface CheckpointRun {
  /** `raced`: another writer wrote the checkpoint of that number. */
  readonly outcome: 'written' | 'nothing-new' | 'raced';
  /** Number of the newest checkpoint that is known; 0 for none. */
  readonly number: number;
  /** Entries that were vouched for now. */
  readonly entries: number;
  readonly contradictions: readonly Contradiction[];
}

/** Without news a checkpoint is written so often, so that a reader sees that somebody looks. */
const longestSilenceInMs = 60 * 60_000;

/**
 * Writes the next checkpoint: segments first, then the checkpoint that names them. What was broken off before, at any
 * point, is taken up: segments that are there are used, and a number is given only once.
 * `known` is the number of a checkpoint that this process has seen.
 */
export async function writeCheckpoint(parts: CheckpointParts, known?: number): Promise<CheckpointRun> {
  const last = await readLastCheckpoint(parts.files, parts.key.publicKey, known);
  if (last.contradiction) {
    return { outcome: 'nothing-new', number: known ?? 0, entries: 0, contradictions: [last.contradiction] };
  }
  const previous = last.checkpoint;
  const { chains, segments, contradictions } = await examine(parts, previous);
  const entries = segments.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const number = previous?.number ?? 0;
  if (entries === 0 && !isSilent(parts.clock, previous)) {
    return { outcome: 'nothing-new', number, entries, contradictions };
  }
  const isWritten = await write(parts, previous, { chains, segments });
  return {
    outcome: isWritten ? 'written' : 'raced',
    number: isWritten ? number + 1 : number,
    entries: isWritten ? entries : 0,
    contradictions,
  };
}

function isSilent(clock: Clock, previous: Checkpoint | undefined): boolean {
  return previous !== undefined && clock.now().getTime() - Date.parse(previous.time) >= longestSilenceInMs;
}

/** Examines one chain after the other, so that one segment is in memory at a time. */
async function examine(parts: CheckpointParts, previous: Checkpoint | undefined) {
  const chains: UnsignedCheckpoint['chains'] = [];
  const segments: UnsignedCheckpoint['segments'] = [];
  const contradictions: Contradiction[] = [];
  const vouchedFor = new Map(previous?.chains.map((position) => [position.chain, position]));
  for (const chain of await listChains(parts.table, [...vouchedFor.keys()])) {
    const { bounds = segmentBounds } = parts;
    const examined = await examineChain(parts, chain, vouchedFor.get(chain), bounds);
    if (examined.end.sequence > 0) {
      chains.push(examined.end);
    }
    segments.push(...examined.segments);
    if (examined.contradiction) {
      contradictions.push(examined.contradiction);
    }
  }
  return { chains, segments, contradictions };
}

/** Signs and stores; false when the number is taken. */
async function write(
  { files, key, clock }: CheckpointParts,
  previous: Checkpoint | undefined,
  facts: Pick<UnsignedCheckpoint, 'chains' | 'segments'>,
): Promise<boolean> {
  const now = timestamp(clock);
  // Clocks of two hosts need not agree; the order of checkpoints does not depend on them.
  const time = previous && previous.time > now ? previous.time : now;
  const unsigned = makeCheckpoint(previous, { time, ...facts });
  const fault = checkpointFault(previous, unsigned);
  const signature = { algorithm: 'ES256' as const, ...(await key.sign(signedText(unsigned))) };
  const publicKey = await key.publicKey(signature.keyId);
  // What is written cannot be taken back: nothing goes out that the offline verifier would refuse.
  if (fault || !publicKey || !isSignedBy({ ...unsigned, signature }, [publicKey])) {
    throw new RemediationError(
      'internal-error',
      `Cannot write checkpoint ${unsigned.number}: ${fault?.kind ?? 'its signature does not verify'}`,
    );
  }
  return files.create(checkpointName(unsigned.number), checkpointText(unsigned, signature));
}
