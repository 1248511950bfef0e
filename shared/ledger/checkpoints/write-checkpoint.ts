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
import { genesis, type Position } from '../format/entry.ts';
import { isSignedBy } from '../format/signature.ts';
import { listChains } from './chains.ts';
import type { WriteOnceFiles } from '../write-once-files.ts';
import type { ChainSource } from './checked-entry.ts';
import { type SegmentBounds, segmentBounds } from './segment-text.ts';
import type { Contradiction } from './contradiction.ts';
import { examineChain } from './examine-chain.ts';
import { type FollowedChain, followedOf } from './followed-chain.ts';
import { type PublicKeyOf, readLastCheckpoint } from './last-checkpoint.ts';

/** The key that signs checkpoints. */
export interface CheckpointKey {
  sign(text: string): Promise<{ readonly keyId: string; readonly value: string }>;
  readonly publicKey: PublicKeyOf;
}

export interface CheckpointParts extends ChainSource {
  readonly files: WriteOnceFiles;
  readonly key: CheckpointKey;
  readonly clock: Clock;
  /**
   * The end of a chain that this app has sealed; nothing behind it is vouched for. Absent where nothing is sealed.
   * @throws RemediationError `rows-not-believed`
   */
  readonly endOf?: (chain: string) => Promise<Position>;
  readonly bounds?: SegmentBounds;
  readonly lookBack?: SegmentBounds;
}

/** Knowledge that a process keeps between its runs, so that it need not read every chain again from its first entry. */
export interface CheckpointMemory {
  /** Number of the last checkpoint that this process saw. */
  known?: number | undefined;
  readonly chains: Map<string, FollowedChain>;
}

/** Amount of the vouched part that each run reads again in each chain: one query. */
const lookBackBounds: SegmentBounds = { entries: 500, text: 4 * 1024 * 1024 };

/** Result of one run. Contradictions in some chains do not keep a checkpoint from vouching for the correct chains. */
export interface CheckpointRun {
  /** `raced`: another writer wrote the checkpoint of that number. */
  readonly outcome: 'written' | 'nothing-new' | 'raced';
  /** Number of the newest known checkpoint; 0 for none. */
  readonly number: number;
  /** Entries for which this run vouched. */
  readonly entries: number;
  readonly contradictions: readonly Contradiction[];
}

/** Longest time between two checkpoints. A checkpoint without news shows readers that somebody still checks. */
const longestSilenceInMs = 60 * 60_000;

/**
 * Writes the next checkpoint: segments first, then the checkpoint that names them. A run goes on where an interrupted one
 * stopped: it uses existing segments, and each number is given only once.
 */
export async function writeCheckpoint(
  parts: CheckpointParts,
  memory: CheckpointMemory = { chains: new Map() },
): Promise<CheckpointRun> {
  const { known } = memory;
  const last = await readLastCheckpoint(parts.files, parts.key.publicKey, known);
  if (last.contradiction) {
    return { outcome: 'nothing-new', number: known ?? 0, entries: 0, contradictions: [last.contradiction] };
  }
  const previous = last.checkpoint;
  const { chains, segments, contradictions } = await examine(parts, previous, memory.chains);
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

/** Examines one chain after the other, so that memory holds one segment at a time. */
async function examine(
  parts: CheckpointParts,
  previous: Checkpoint | undefined,
  followed: Map<string, FollowedChain>,
) {
  const chains: UnsignedCheckpoint['chains'] = [];
  const segments: UnsignedCheckpoint['segments'] = [];
  const contradictions: Contradiction[] = [];
  const vouchedFor = new Map(previous?.chains.map((position) => [position.chain, position]));
  const source = { bounds: segmentBounds, lookBack: lookBackBounds, ...parts };
  for (const chain of await listChains(parts.table, [...vouchedFor.keys()])) {
    const position = vouchedFor.get(chain) ?? genesis(chain);
    const known = followedOf(followed, position, parts.clock.random());
    const believed = await believedEnd(parts, position);
    const examined =
      believed !== undefined && 'contradiction' in believed
        ? { end: position, segments: [], contradiction: believed.contradiction }
        : await examineChain(source, position, known, believed);
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

/** The end that counts, or the contradiction that keeps a chain from being vouched for. Undefined where nothing is sealed. */
async function believedEnd(
  { endOf }: CheckpointParts,
  { chain, sequence }: Position,
): Promise<Position | { readonly contradiction: Contradiction } | undefined> {
  try {
    return await endOf?.(chain);
  } catch (error) {
    if (error instanceof RemediationError && error.code === 'rows-not-believed') {
      return { contradiction: { kind: 'head-not-sealed', chain, at: sequence } };
    }
    throw error;
  }
}

/** Signs and stores a checkpoint; false if its number is taken. */
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
  // A written checkpoint cannot be taken back, so none goes out that the offline verifier would refuse.
  if (fault || !publicKey || !isSignedBy({ ...unsigned, signature }, [publicKey])) {
    throw new RemediationError(
      'internal-error',
      `Cannot write checkpoint ${unsigned.number}: ${fault?.kind ?? 'its signature does not verify'}`,
    );
  }
  return files.create(checkpointName(unsigned.number), checkpointText(unsigned, signature));
}
