import { z } from 'zod';
import { parseCanonical } from './canonical.ts';
import { timePattern } from './entry.ts';
import { canonicalJson, LedgerFormatError, sha256, sha256Pattern } from './json.ts';
import { chainPattern } from './keys.ts';

/** The first format of checkpoints. */
export const checkpointFormat = 1;

const chainName = z.string().regex(chainPattern);
const hash = z.string().regex(sha256Pattern);
const sequence = z.int().positive();

const checkpointSchema = z.strictObject({
  leakstop: z.literal('checkpoint'),
  format: z.literal(checkpointFormat),
  number: z.int().positive(),
  time: z.string().regex(timePattern),
  previous: hash,
  chains: z.array(z.strictObject({ chain: chainName, sequence, hash })),
  segments: z.array(
    z.strictObject({
      chain: chainName,
      from: sequence,
      to: sequence,
      name: z.string().min(1),
      sha256: hash,
    }),
  ),
  signature: z.strictObject({
    algorithm: z.literal('ES256'),
    keyId: z.string().min(1),
    /** 64 bytes, r and s: the form that Key Vault returns and JWS uses. */
    value: z
      .string()
      .length(86)
      .refine(
        (text) => Buffer.from(text, 'base64url').toString('base64url') === text,
        'expected 64 bytes in base64url',
      ),
  }),
});

/**
 * The signed part of a checkpoint. `chains` lists the end of every chain, `segments` the files of the entries since the
 * checkpoint before, both sorted by chain. `previous` is the hash of the checkpoint before, {@link checkpointGenesis} for the
 * first.
 */
export type UnsignedCheckpoint = Readonly<Omit<z.infer<typeof checkpointSchema>, 'signature'>>;

export type Checkpoint = Readonly<z.infer<typeof checkpointSchema>>;

/** `value` is r and s, 64 bytes, in base64url. */
export type CheckpointSignature = Checkpoint['signature'];

/** The hash that the first checkpoint names as the one before it. */
export const checkpointGenesis = sha256(`leakstop checkpoints ${checkpointFormat}`);

/** The checkpoint that follows `previous`, with chains and segments sorted. */
export function makeCheckpoint(
  previous: UnsignedCheckpoint | undefined,
  facts: Pick<UnsignedCheckpoint, 'time' | 'chains' | 'segments'>,
): UnsignedCheckpoint {
  return {
    leakstop: 'checkpoint',
    format: checkpointFormat,
    number: (previous?.number ?? 0) + 1,
    time: facts.time,
    previous: previous ? hashCheckpoint(previous) : checkpointGenesis,
    chains: facts.chains.toSorted((one, other) => (one.chain < other.chain ? -1 : 1)),
    segments: facts.segments.toSorted(byChainAndStart),
  };
}

type Segment = UnsignedCheckpoint['segments'][number];

function byChainAndStart(one: Segment, other: Segment): number {
  if (one.chain === other.chain) {
    return one.from - other.from;
  }
  return one.chain < other.chain ? -1 : 1;
}

/** The text that is signed: the canonical text without the signature. */
export function signedText(checkpoint: UnsignedCheckpoint): string {
  const { leakstop, format, number, time, previous, chains, segments } = checkpoint;
  return canonicalJson({ leakstop, format, number, time, previous, chains, segments });
}

/** SHA-256 of {@link signedText}, in hexadecimal. It names a checkpoint, and is the digest that the key signs. */
export function hashCheckpoint(checkpoint: UnsignedCheckpoint): string {
  return sha256(signedText(checkpoint));
}

/** The text of a checkpoint's file. */
export function checkpointText(checkpoint: UnsignedCheckpoint, signature: CheckpointSignature): string {
  return canonicalJson({ ...checkpoint, signature } satisfies Checkpoint);
}

/** @throws LedgerFormatError when the text is not the canonical text of a checkpoint. */
export function parseCheckpoint(text: string): Checkpoint {
  const checkpoint = parseCanonical('checkpoint', checkpointSchema, text);
  const names = checkpoint.chains.map(({ chain }) => chain);
  if (names.some((name, index) => index > 0 && name <= (names[index - 1] ?? ''))) {
    throw new LedgerFormatError('Cannot read the checkpoint: "chains": expected each chain once, sorted');
  }
  return checkpoint;
}

/** Reasons why a checkpoint does not follow the one before it. */
export type CheckpointFault =
  | { readonly kind: 'wrong-number'; readonly expected: number }
  | { readonly kind: 'wrong-previous' }
  | { readonly kind: 'wrong-time' }
  /** A chain became shorter, or is gone. */
  | { readonly kind: 'chain-shrunk'; readonly chain: string }
  /** A chain has the same length and another last entry. */
  | { readonly kind: 'chain-changed'; readonly chain: string }
  /** The segments do not cover exactly the entries between the two checkpoints. */
  | { readonly kind: 'wrong-segments'; readonly chain: string };

/** The reason why a checkpoint does not follow `previous`, which is undefined for the first one; undefined if it follows. */
export function checkpointFault(
  previous: UnsignedCheckpoint | undefined,
  checkpoint: UnsignedCheckpoint,
): CheckpointFault | undefined {
  const expected = (previous?.number ?? 0) + 1;
  if (checkpoint.number !== expected) {
    return { kind: 'wrong-number', expected };
  }
  if (checkpoint.previous !== (previous ? hashCheckpoint(previous) : checkpointGenesis)) {
    return { kind: 'wrong-previous' };
  }
  if (checkpoint.time < (previous?.time ?? '')) {
    return { kind: 'wrong-time' };
  }
  const before = previous?.chains ?? [];
  return chainsFault(before, checkpoint) ?? segmentsFault(before, checkpoint);
}

function chainsFault(
  before: UnsignedCheckpoint['chains'],
  checkpoint: UnsignedCheckpoint,
): CheckpointFault | undefined {
  for (const { chain, sequence: least, hash: was } of before) {
    const now = checkpoint.chains.find((each) => each.chain === chain);
    if (!now || now.sequence < least) {
      return { kind: 'chain-shrunk', chain };
    }
    if (now.sequence === least && now.hash !== was) {
      return { kind: 'chain-changed', chain };
    }
  }
  return undefined;
}

/** The segments of a chain must hold the entries since the checkpoint before: no gap, and no entry left out. */
function segmentsFault(
  before: UnsignedCheckpoint['chains'],
  checkpoint: UnsignedCheckpoint,
): CheckpointFault | undefined {
  const reached = new Map(before.map(({ chain, sequence: last }) => [chain, last]));
  for (const { chain, from, to } of checkpoint.segments) {
    if (from !== (reached.get(chain) ?? 0) + 1 || to < from) {
      return { kind: 'wrong-segments', chain };
    }
    reached.set(chain, to);
  }
  const wrong = [...reached].find(
    ([chain, last]) => checkpoint.chains.find((each) => each.chain === chain)?.sequence !== last,
  );
  const uncovered = checkpoint.chains.find(({ chain }) => !reached.has(chain));
  const chain = wrong?.[0] ?? uncovered?.chain;
  return chain === undefined ? undefined : { kind: 'wrong-segments', chain };
}

/** Name of a checkpoint's file in the container. */
export function checkpointName(number: number): string {
  return `checkpoints/${String(number).padStart(10, '0')}.json`;
}
