import { mapBounded } from '../map-bounded.ts';
import { checkCheckpoints, type SealedSegment } from '../checkpoint/check-checkpoints.ts';
import { CheckpointClaims } from '../checkpoint/claims.ts';
import { checkErasures, type ErasuresCheck } from '../chain/check-erasures.ts';
import { checkFile, type FileReport } from '../file/check-file.ts';
import { type FileEnds, readEnds } from '../file/file-ends.ts';
import type { LedgerFinding } from '../finding.ts';
import { followPiece } from '../chain/follow-piece.ts';
import { misfitNotices } from '../chain/check-payloads.ts';
import { findForks } from '../chain/find-forks.ts';
import { makeVerdict } from './make-verdict.ts';
import { type ChainPieces, type Piece, piecesOf } from '../chain/pieces.ts';
import { placesOf } from '../file/file-ends.ts';
import { checkSeal } from '../file/check-seal.ts';
import { findShortfalls } from '../chain/find-shortfalls.ts';
import type { Source } from '../line/read-lines.ts';
import type { LedgerEvidence } from './evidence.ts';
import type { LedgerVerdict } from './verdict.ts';
import { excuseMissingBodies, findUnreadFiles, weighShortfalls } from './weigh.ts';
import { groupBy } from '../group-by.ts';

/** Most files that are open at the same time while their ends are read. */
const mostOpen = 8;

/**
 * Verifies a history: every hash, sequence, link, body and case transition, and the claims of checkpoints. The order of the
 * files makes no difference: each file is judged by itself, then their contents are compared, and only files without faults
 * are joined.
 * || Memory grows with checkpoints, files, open cases, erased bodies and places where files begin or end, and by 16 to 32
 * bytes for each closed case and a bit for each entry and file. Memory does not grow with the size of entries.
 */
export async function verifyLedger(evidence: LedgerEvidence): Promise<LedgerVerdict> {
  const { keys = [], isPartial = false } = evidence;
  const claims = new CheckpointClaims();
  const checkpoints = await checkCheckpoints(evidence.checkpoints ?? none(), keys, claims, isPartial);
  const ends = await mapBounded(evidence.files.toSorted(byName), mostOpen, readEnds);
  const { whole, faults } = await judgeEach(ends, claims);
  const forks = findForks(
    whole.flatMap(({ chains }) => chains),
    claims,
  );
  const files = whole.filter(({ source }) => !forks.rejected.has(source.name));
  const joined = await joinAgreeingFiles(files, checkpoints.segments);
  const unreadOf = findUnreadFiles(ends, files);
  const lacking = weighShortfalls(
    findShortfalls(joined.chains, claims, evidence.chains ?? [], files.length < ends.length),
    evidence,
    joined.chains,
    unreadOf,
  );
  const bodies = excuseMissingBodies(joined.bodyFindings, unreadOf);
  return makeVerdict({
    findings: [
      ...checkpoints.findings,
      ...faults,
      ...forks.findings,
      ...joined.findings,
      ...bodies.findings,
      ...lacking.findings,
    ],
    notices: [...joined.notices, ...bodies.notices, ...lacking.notices],
    pieces: joined.pieces,
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
  if (one.name === other.name) {
    return 0;
  }
  return one.name < other.name ? -1 : 1;
}

/** Judges each file by itself. */
async function judgeEach(
  ends: readonly FileEnds[],
  claims: CheckpointClaims,
): Promise<{ readonly whole: readonly FileReport[]; readonly faults: readonly LedgerFinding[] }> {
  const places = placesOf(ends);
  const whole: FileReport[] = [];
  const faults: LedgerFinding[] = [];
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

interface JoinedFiles {
  readonly chains: ReadonlyMap<string, ChainPieces>;
  readonly pieces: readonly (readonly [Piece, ErasuresCheck])[];
  readonly findings: readonly LedgerFinding[];
  readonly bodyFindings: readonly LedgerFinding[];
  readonly notices: readonly string[];
}

/** Joins files that agree, and looks for faults that no single file can show. */
async function joinAgreeingFiles(
  files: readonly FileReport[],
  sealed: ReadonlyMap<string, SealedSegment>,
): Promise<JoinedFiles> {
  const sources = new Map(files.map(({ source }) => [source.name, source]));
  const reports = groupBy(
    files.flatMap(({ chains }) => chains),
    ({ chain }) => chain,
  );
  const chains = new Map([...reports].map(([name, some]) => [name, piecesOf(name, some)] as const));
  const pieces: [Piece, ErasuresCheck][] = [];
  const findings: LedgerFinding[] = [];
  const bodyFindings: LedgerFinding[] = [];
  const notices: string[] = [];
  const unexplained = new Set<string>();
  for (const chain of [...chains.values()].sort((one, other) => (one.chain < other.chain ? -1 : 1))) {
    const erasures = checkErasures(chain);
    bodyFindings.push(...erasures.findings);
    notices.push(...erasures.notices, ...misfitNotices(chain.chain, reports.get(chain.chain) ?? []));
    erasures.unexplained.forEach((file) => unexplained.add(file));
    for (const piece of chain.pieces) {
      const followed = await followPiece(piece, chain, sources);
      findings.push(...(followed.finding ? [followed.finding] : []));
      notices.push(...followed.notices);
      pieces.push([piece, erasures]);
    }
  }
  for (const file of files.filter(({ source }) => !unexplained.has(source.name))) {
    const fault = checkSeal(file, sealed);
    if (typeof fault === 'string') {
      notices.push(fault);
    } else if (fault) {
      findings.push(fault);
    }
  }
  return { chains, pieces, findings, bodyFindings, notices };
}
