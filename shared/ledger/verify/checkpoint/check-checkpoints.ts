import type { KeyObject } from 'node:crypto';
import {
  type Checkpoint,
  checkpointFault,
  type CheckpointFault,
  parseCheckpoint,
} from '../../format/checkpoint.ts';
import { LedgerFormatError } from '../../format/json.ts';
import { segmentName } from '../../format/segment.ts';
import { isSignedBy } from '../../format/signature.ts';
import type { CheckpointClaims } from './claims.ts';
import { type LedgerFinding, finding, type FindingKind } from '../finding.ts';

/** The text of one checkpoint's file. */
export interface CheckpointText {
  readonly name: string;
  readonly text: string;
}

/** Name of a segment, and the hash that its bytes must have. */
export type SealedSegment = Checkpoint['segments'][number] & { readonly checkpoint: number };

/** Statements of the checkpoints, as far as they can be believed. */
export interface CheckpointsCheck {
  readonly findings: readonly LedgerFinding[];
  readonly count: number;
  readonly last: Checkpoint | undefined;
  /** Segments by name. Names are unique, since each entry is sealed once. */
  readonly segments: ReadonlyMap<string, SealedSegment>;
}

/**
 * Checks that checkpoints are signed and follow one another, and adds their claims to `claims`. The checkpoints come in the
 * order of their numbers. An unsigned checkpoint claims nothing. Without a key, signatures are not checked.
 */
export async function checkCheckpoints(
  texts: AsyncIterable<CheckpointText>,
  keys: readonly KeyObject[],
  claims: CheckpointClaims,
  isPartial: boolean,
): Promise<CheckpointsCheck> {
  const findings: LedgerFinding[] = [];
  const segments = new Map<string, SealedSegment>();
  let count = 0;
  let unsigned = 0;
  let last: Checkpoint | undefined;
  for await (const { name, text } of texts) {
    count += 1;
    const checkpoint = parse(name, text);
    if ('kind' in checkpoint) {
      findings.push(checkpoint);
      continue;
    }
    if (keys.length > 0 && !isSignedBy(checkpoint, keys)) {
      unsigned += 1;
      findings.push(fault(name, 'altered', `checkpoint ${checkpoint.number} is not signed with a key given`));
      continue;
    }
    const found = sequenceFault(name, last, checkpoint, isPartial, keys.length > 0);
    findings.push(...(found ? [found] : []));
    last = checkpoint;
    addClaims(checkpoint, claims);
    for (const segment of checkpoint.segments) {
      // A segment is found by the entries that it seals: under any other name its seal would seal nothing.
      const name = segmentName(segment.chain, segment.from, segment.to);
      segments.set(name, { ...segment, name, checkpoint: checkpoint.number });
    }
  }
  return {
    findings: unsigned === count && count > 0 ? wrongKey(findings) : findings,
    count,
    last,
    segments,
  };
}

function parse(name: string, text: string): Checkpoint | LedgerFinding {
  try {
    return parseCheckpoint(text);
  } catch (error) {
    if (error instanceof LedgerFormatError) {
      return fault(name, 'malformed', error.message);
    }
    throw error;
  }
}

function fault(file: string, kind: FindingKind, reason: string): LedgerFinding {
  return finding(kind, { file }, reason);
}

/** One finding for all checkpoints, instead of one each. */
function wrongKey(findings: readonly LedgerFinding[]): readonly LedgerFinding[] {
  const [{ file } = { file: undefined }] = findings;
  const reason =
    'none of the checkpoints is signed with a key given: the key is another one, or all were made anew';
  return [finding('wrong-key', { file }, reason)];
}

function sequenceFault(
  name: string,
  last: Checkpoint | undefined,
  checkpoint: Checkpoint,
  isPartial: boolean,
  isSigned: boolean,
): LedgerFinding | undefined {
  if (!last && checkpoint.number > 1) {
    const reason = `the checkpoints begin with number ${checkpoint.number}: those before it are not there`;
    return isPartial ? undefined : fault(name, 'not-given', reason);
  }
  const found = checkpointFault(last, checkpoint);
  if (!found) {
    return undefined;
  }
  // Signed text was not altered afterwards, so a signed contradiction means two histories.
  const kind = isSigned ? 'forked' : 'altered';
  return describeFault(name, kind, checkpoint.number, found);
}

function describeFault(
  file: string,
  kind: FindingKind,
  number: number,
  found: CheckpointFault,
): LedgerFinding {
  switch (found.kind) {
    case 'wrong-number':
      return number > found.expected
        ? fault(file, 'removed', `checkpoint ${found.expected} is not there, and checkpoint ${number} is`)
        : fault(file, 'inserted', `checkpoint ${number} is there a second time`);
    case 'wrong-previous':
      return fault(
        file,
        kind,
        `checkpoint ${number} follows another checkpoint ${number - 1} than the one given`,
      );
    case 'wrong-time':
      return fault(file, kind, `checkpoint ${number} is older than the one before it`);
    case 'chain-shrunk':
      return fault(
        file,
        kind,
        `in checkpoint ${number} chain "${found.chain}" is shorter than in the one before it`,
      );
    case 'chain-changed':
      return fault(
        file,
        kind,
        `in checkpoint ${number} chain "${found.chain}" ends with another entry than in the one before it`,
      );
    case 'wrong-segments':
      return fault(
        file,
        kind,
        `the segments of checkpoint ${number} are not the entries since the one before it, in chain "${found.chain}"`,
      );
  }
}

function addClaims({ chains, number, time }: Checkpoint, claims: CheckpointClaims): void {
  for (const { chain, sequence, hash } of chains) {
    claims.add({ chain, sequence, hash, by: { number, time } });
  }
}
