import type { KeyObject } from 'node:crypto';
import { mapBounded } from './bounded.ts';
import { checkCheckpoints, type CheckpointText, type SealedSegment } from './checkpoints-check.ts';
import { Claims } from './claims.ts';
import { checkErasures, type ErasuresCheck } from './erasures-check.ts';
import { checkFile, type FileReport } from './file-check.ts';
import { type FileEnds, readEnds } from './file-ends.ts';
import type { Finding } from './finding.ts';
import { followPiece } from './follow-piece.ts';
import { findForks } from './forks.ts';
import { makeVerdict } from './make-verdict.ts';
import { type ChainPieces, type Piece, piecesOf } from './pieces.ts';
import { placesOf } from './places.ts';
import { sealFault } from './seals.ts';
import { shortfalls } from './shortfalls.ts';
import type { Source } from './source.ts';
import type { Verdict } from './verdict.ts';
import { excused, unread, weigh } from './weigh.ts';
import { groupBy } from './group-by.ts';

export interface Evidence {
  /** Exports and segments, in any order, each under a name of its own. */
  readonly files: readonly Source[];
  /** In the order of their numbers. */
  readonly checkpoints?: AsyncIterable<CheckpointText>;
  /** Any of them may have signed. Without one, checkpoints vouch for nothing. */
  readonly keys?: readonly KeyObject[];
  /** Only these chains are asked for; all when absent. */
  readonly chains?: readonly string[];
  /** Whether entries may be missing before, between and after the files without that being a finding. */
  readonly isPartial?: boolean;
}

/** Open files at any one time while their ends are read. */
const mostOpen = 8;

/**
 * Verifies a history: every hash, sequence, link, body and case transition, and what checkpoints say of it. The order of
 * the files makes no difference: each is judged by itself, then what they say is compared, and only files in which nothing
 * is wrong are put together.
 *
 * Memory grows with checkpoints, files, open cases, erased bodies and places where files begin or end, and by 16 to 32
 * bytes for each closed case and a bit for each entry and file; not with what entries hold.
 */
export async function verifyLedger(evidence: Evidence): Promise<Verdict> {
  const { keys = [], isPartial = false } = evidence;
  const claims = new Claims();
  const checkpoints = await checkCheckpoints(evidence.checkpoints ?? none(), keys, claims, isPartial);
  const ends = await mapBounded(evidence.files.toSorted(byName), mostOpen, readEnds);
  const { whole, faults } = await judgeEach(ends, claims);
  const forks = findForks(whole, claims);
  const files = whole.filter(({ source }) => !forks.rejected.has(source.name));
  const told = await together(files, checkpoints.segments);
  const lacking = weigh(
    shortfalls(told.chains, claims, evidence.chains ?? [], files.length < ends.length),
    evidence,
    told.chains,
    unread(ends, files),
  );
  const bodies = excused(told.bodyFindings, unread(ends, files));
  return makeVerdict({
    findings: [
      ...checkpoints.findings,
      ...faults,
      ...forks.findings,
      ...told.findings,
      ...bodies.findings,
      ...lacking.findings,
    ],
    notices: [...told.notices, ...bodies.notices, ...lacking.notices],
    pieces: told.pieces,
    files,
    checkpoints,
    hasKey: keys.length > 0,
    isPartial,
    isShort: lacking.isShort,
  });
}

async function* none(): AsyncGenerator<never> {
  // Nothing to yield.
}

function byName(one: Source, other: Source): number {
  return one.name === other.name ? 0 : one.name < other.name ? -1 : 1;
}

/** Judges each file by itself. */
async function judgeEach(
  ends: readonly FileEnds[],
  claims: Claims,
): Promise<{ readonly whole: readonly FileReport[]; readonly faults: readonly Finding[] }> {
  const places = placesOf(ends);
  const whole: FileReport[] = [];
  const faults: Finding[] = [];
  for (const { source } of ends) {
    const result = await checkFile(source, { claims, places });
    if ('kind' in result) {
      faults.push(result);
    } else {
      whole.push(result);
    }
  }
  return { whole, faults };
}

interface Together {
  readonly chains: ReadonlyMap<string, ChainPieces>;
  readonly pieces: readonly (readonly [Piece, ErasuresCheck])[];
  readonly findings: readonly Finding[];
  readonly bodyFindings: readonly Finding[];
  readonly notices: readonly string[];
}

/** Puts files together that agree, and looks for what none of them can show alone. */
async function together(
  files: readonly FileReport[],
  sealed: ReadonlyMap<string, SealedSegment>,
): Promise<Together> {
  const sources = new Map(files.map(({ source }) => [source.name, source]));
  const reports = groupBy(
    files.flatMap(({ chains }) => chains),
    ({ chain }) => chain,
  );
  const chains = new Map([...reports].map(([name, some]) => [name, piecesOf(name, some)] as const));
  const pieces: [Piece, ErasuresCheck][] = [];
  const findings: Finding[] = [];
  const bodyFindings: Finding[] = [];
  const notices: string[] = [];
  const unexplained = new Set<string>();
  for (const chain of [...chains.values()].sort((one, other) => (one.chain < other.chain ? -1 : 1))) {
    const erasures = checkErasures(chain);
    bodyFindings.push(...erasures.findings);
    notices.push(...erasures.notices);
    erasures.unexplained.forEach((file) => unexplained.add(file));
    for (const piece of chain.pieces) {
      const followed = await followPiece(piece, chain, sources);
      findings.push(...(followed.finding ? [followed.finding] : []));
      notices.push(...followed.notices);
      pieces.push([piece, erasures]);
    }
  }
  for (const file of files.filter(({ source }) => !unexplained.has(source.name))) {
    const fault = sealFault(file, sealed);
    if (typeof fault === 'string') {
      notices.push(fault);
    } else if (fault) {
      findings.push(fault);
    }
  }
  return { chains, pieces, findings, bodyFindings, notices };
}
