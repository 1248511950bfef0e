import type { KeyObject } from 'node:crypto';
import { ChainState } from './chain-state.ts';
import {
  checkCheckpoints,
  type CheckpointsCheck,
  type CheckpointText,
  type SealedSegment,
} from './checkpoints-check.ts';
import { type Claim, Claims } from './claims.ts';
import { checkFile, type FileSeal } from './file-check.ts';
import { type FileEnds, readEnds } from './file-ends.ts';
import { type Finding, finding } from './finding.ts';
import { segmentName } from '../format/segment.ts';
import type { Source } from './source.ts';
import type { ChainVerdict, Verdict } from './verdict.ts';

export interface Evidence {
  /** Exports and segments, in any order. */
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

/**
 * Verifies a history: every hash, sequence, link, body and case transition, and what checkpoints say of it. Memory grows
 * with open cases, checkpoints and files, not with entries (8 to 32 bytes for each closed case).
 */
export async function verifyLedger(evidence: Evidence): Promise<Verdict> {
  const { keys = [], isPartial = false } = evidence;
  const claims = new Claims();
  const checkpoints = await checkCheckpoints(evidence.checkpoints ?? none(), keys, claims, isPartial);
  const states = new Map<string, ChainState>();
  const chain = (name: string): ChainState => {
    const state = states.get(name) ?? new ChainState(name);
    states.set(name, state);
    return state;
  };
  const ends = await Promise.all(evidence.files.map(readEnds));
  ends.forEach((each) => claimEnds(each, claims));
  const findings = [...checkpoints.findings];
  const notices: string[] = [];
  for (const { source, manifest } of ends.toSorted(byStart)) {
    const result = await checkFile(source, { claims, chain, isPartial });
    if ('kind' in result) {
      findings.push(result);
      // What is behind a fault was not read, so that it cannot be missed.
      manifest?.chains.forEach((each) => (chain(each.chain).isBroken = true));
      continue;
    }
    findings.push(...segmentFindings(source, result, checkpoints.segments, notices));
  }
  findings.push(
    ...[...states.values()].filter(({ isBroken }) => !isBroken).flatMap((state) => state.missingBodies()),
  );
  const isReadable = ends.every(({ manifest }) => manifest);
  const lacking = shortfalls(claims, states, evidence);
  if (!isPartial && isReadable) {
    findings.push(...lacking);
  } else {
    notices.push(...lacking.map(({ chain: name, reason }) => `chain "${name ?? ''}": ${reason}`));
  }
  return verdict(findings, [...states.values()], checkpoints, keys.length > 0, notices);
}

async function* none(): AsyncGenerator<never> {
  // Nothing to yield.
}

/** Files that begin earlier go first, so that those that go on from them find them. */
function byStart(one: FileEnds, other: FileEnds): number {
  const from = ({ manifest }: FileEnds): number =>
    Math.min(...(manifest?.chains ?? []).map((chain) => chain.from));
  const [first, second] = [from(one), from(other)];
  return first === second ? (one.source.name < other.source.name ? -1 : 1) : first < second ? -1 : 1;
}

function claimEnds({ source, manifest, end }: FileEnds, claims: Claims): void {
  const by = { kind: 'file', name: source.name } as const;
  for (const { chain, from, previous } of manifest?.chains ?? []) {
    claims.add({ chain, sequence: from - 1, hash: previous, by });
  }
  for (const { chain, to, hash } of end?.chains ?? []) {
    claims.add({ chain, sequence: to, hash, by });
  }
}

function segmentFindings(
  source: Source,
  { manifest, end, sha256, erased }: FileSeal,
  sealed: ReadonlyMap<string, SealedSegment>,
  notices: string[],
): Finding[] {
  const [start] = manifest.chains;
  const [last] = end.chains;
  if (manifest.leakstop !== 'segment' || !start || !last) {
    return [];
  }
  const ownName = segmentName(start.chain, start.from, last.to);
  const seal = sealOf(source, ownName, sealed);
  if (!seal || seal.sha256 === sha256) {
    return [];
  }
  if (seal.name === ownName && erased > 0) {
    // Headers are vouched for by the chain and bodies by their headers: only the missing bodies can differ.
    notices.push(
      `"${source.name}" differs from what checkpoint ${seal.checkpoint} sealed by ${erased} erased bodies`,
    );
    return [];
  }
  const place = { file: source.name, chain: start.chain };
  return [
    finding(
      'altered',
      place,
      `it is not the segment "${seal.name}" that checkpoint ${seal.checkpoint} sealed`,
    ),
  ];
}

/**
 * What a file must be: by the name that it lies under, or else by the entries that it holds. A run that was broken off
 * leaves segments that no checkpoint names; their entries verify, and nothing seals their bytes.
 */
function sealOf(
  { name }: Source,
  ownName: string,
  sealed: ReadonlyMap<string, SealedSegment>,
): SealedSegment | undefined {
  const path = name.replaceAll('\\', '/').split('/');
  return sealed.get(path.slice(-3).join('/')) ?? sealed.get(ownName);
}

/** Entries that a checkpoint knows and no file has. */
function shortfalls(claims: Claims, states: ReadonlyMap<string, ChainState>, evidence: Evidence): Finding[] {
  const asked = evidence.chains && new Set(evidence.chains);
  return [...claims.lastByCheckpoints().values()]
    .filter(({ chain }) => asked?.has(chain) ?? true)
    .flatMap((claim) => shortfall(claim, states.get(claim.chain)) ?? []);
}

function shortfall({ chain, sequence, by }: Claim, state: ChainState | undefined): Finding | undefined {
  const knows = `checkpoint ${by.kind === 'checkpoint' ? by.number : ''} knows its entry ${sequence}`;
  if (!state || state.entries === 0) {
    return state?.isBroken
      ? undefined
      : finding('removed', { chain }, `${knows}, and no file has any entry of it`);
  }
  const { position, place, isBroken } = state;
  if (isBroken || position.sequence >= sequence) {
    return undefined;
  }
  const at = { file: place?.file, line: place?.line, chain, sequence: position.sequence + 1 };
  return finding('truncated', at, `it ends with entry ${position.sequence}, and ${knows}`);
}

function verdict(
  findings: readonly Finding[],
  states: readonly ChainState[],
  { count, last }: CheckpointsCheck,
  hasKey: boolean,
  notices: readonly string[],
): Verdict {
  const chains = states
    .map((state) => chainVerdict(state, hasKey))
    .sort((one, other) => (one.chain < other.chain ? -1 : 1));
  const isVouched = chains.some(({ vouched }) => vouched !== null);
  return {
    outcome: findings.length > 0 ? 'faulty' : isVouched ? 'vouched' : 'unvouched',
    findings,
    chains,
    checkpoints: {
      count,
      last: last ? { number: last.number, time: last.time } : null,
      isVerified: hasKey && count > 0,
    },
    notices,
  };
}

function chainVerdict(state: ChainState, hasKey: boolean): ChainVerdict {
  const { chain, from, position, entries, bodies, erased, leftOut, vouched } = state;
  return {
    chain,
    from,
    to: position.sequence,
    entries,
    bodies,
    erased,
    leftOut,
    vouched:
      hasKey && vouched?.by.kind === 'checkpoint'
        ? { to: vouched.sequence, checkpoint: vouched.by.number, time: vouched.by.time }
        : null,
  };
}
