import type { CheckpointsCheck } from '../checkpoint/check-checkpoints.ts';
import type { ErasuresCheck } from '../chain/check-erasures.ts';
import type { FileReport } from '../file/check-file.ts';
import type { LedgerFinding } from '../finding.ts';
import type { Piece } from '../chain/pieces.ts';
import type { ChainVerdict, FileVerdict, LedgerVerdict } from './verdict.ts';

/** Results that the verdict sums up. */
export interface VerdictBasis {
  readonly findings: readonly LedgerFinding[];
  readonly notices: readonly string[];
  readonly pieces: readonly (readonly [Piece, ErasuresCheck])[];
  readonly files: readonly FileReport[];
  readonly checkpoints: CheckpointsCheck;
  readonly hasKey: boolean;
  readonly isPartial: boolean;
  /** True if a given chain ends before an entry that a checkpoint knows. */
  readonly isShort: boolean;
}

export function makeVerdict(facts: VerdictBasis): LedgerVerdict {
  const { findings, notices, pieces, files, checkpoints, hasKey, isPartial } = facts;
  const { count, last } = checkpoints;
  const chains = pieces
    .map(([piece, erasures]) => chainVerdict(piece, erasures, hasKey))
    .sort(byChainAndStart);
  return {
    outcome: outcomeOf(facts, chains),
    findings,
    leftOut: chains.reduce((sum, chain) => sum + chain.leftOut, 0),
    chains,
    files: files.map(fileVerdict),
    isPartial,
    checkpoints: {
      count,
      last: last ? { number: last.number, time: last.time } : null,
      isVerified: hasKey && count > 0,
    },
    notices,
  };
}

function byChainAndStart(one: ChainVerdict, other: ChainVerdict): number {
  if (one.chain === other.chain) {
    return one.from - other.from;
  }
  return one.chain < other.chain ? -1 : 1;
}

function outcomeOf(
  { findings, isShort }: VerdictBasis,
  chains: readonly ChainVerdict[],
): LedgerVerdict['outcome'] {
  const held = chains.filter(({ entries }) => entries > 0);
  if (findings.length > 0) {
    return 'faulty';
  }
  // A made-up chain must not pass beside chains that checkpoints vouch for.
  if (held.length === 0 || held.some(({ vouched, doubtful }) => vouched === null || doubtful > 0)) {
    return 'unvouched';
  }
  return isShort ? 'incomplete' : 'vouched';
}

function chainVerdict(
  piece: Piece,
  { erased: all, explained }: ErasuresCheck,
  hasKey: boolean,
): ChainVerdict {
  const { chain, from, to, vouched, withBody } = piece;
  const entries = to - from + 1;
  const bodies = withBody.size;
  const erased = [...all].filter((sequence) => sequence >= from && sequence <= to).length;
  const reached = vouched?.sequence ?? 0;
  const doubtful = [...explained].filter(
    ([sequence, record]) => sequence >= from && sequence <= reached && record > reached,
  ).length;
  const by = hasKey ? vouched?.by : undefined;
  return {
    chain,
    from,
    to,
    entries,
    bodies,
    erased,
    doubtful: by ? doubtful : 0,
    leftOut: entries - bodies - erased,
    vouched: by && vouched ? { to: vouched.sequence, checkpoint: by.number, time: by.time } : null,
  };
}

function fileVerdict({ source, manifest, chains }: FileReport): FileVerdict {
  const sum = (count: (chain: FileReport['chains'][number]) => number): number =>
    chains.reduce((total, chain) => total + count(chain), 0);
  const entries = sum((chain) => chain.entries);
  const bodies = sum((chain) => chain.bodies);
  const erased = sum(({ marks }) => marks.length);
  return {
    file: source.name,
    holds: manifest.leakstop,
    filter: manifest.filter ?? null,
    entries,
    bodies,
    erased,
    leftOut: entries - bodies - erased,
  };
}
