import type { FileReport } from '../file/check-file.ts';
import type { FileEnds } from '../file/file-ends.ts';
import type { LedgerFinding } from '../finding.ts';
import type { ChainPieces } from '../chain/pieces.ts';
import type { Shortfall } from '../chain/find-shortfalls.ts';
import type { LedgerEvidence } from './evidence.ts';

/** Findings that count, and notices that are only mentioned. */
export interface Weighed {
  readonly findings: readonly LedgerFinding[];
  readonly notices: readonly string[];
}

/**
 * Names of the faulty files that may hold entries of a chain: those entries do not count as given, and cannot be called
 * missing.
 */
export type Unread = (chain: string) => readonly string[];

export function findUnreadFiles(ends: readonly FileEnds[], files: readonly FileReport[]): Unread {
  const accepted = new Set(files.map(({ source }) => source.name));
  const left = ends.filter(({ source }) => !accepted.has(source.name));
  return (name) =>
    left
      .filter(({ manifest }) => manifest?.chains.some(({ chain }) => chain === name) ?? true)
      .map(({ source }) => source.name);
}

/** A shortfall counts, unless only a part was given, or a faulty file may hold the entries, or nobody asked for them. */
export function weighShortfalls(
  missing: readonly Shortfall[],
  { chains, isPartial = false }: LedgerEvidence,
  given: ReadonlyMap<string, ChainPieces>,
  unreadOf: Unread,
): Weighed & { readonly isShort: boolean } {
  const asked = new Set(chains ?? []);
  const isWanted = (chain: string): boolean => chains === undefined || asked.has(chain);
  const relevant = missing.filter(({ finding: { chain = '' } }) => isWanted(chain) || given.has(chain));
  const isUnread = ({ finding: { chain = '' } }: Shortfall): boolean => unreadOf(chain).length > 0;
  const isSaid = ({ kind, finding: { chain = '' } }: Shortfall): boolean => {
    // Whoever asks for a chain by name wants at least a part of it, whatever else may be missing.
    const isNamed = asked.has(chain) && (kind === 'asked' || kind === 'chain');
    return (isPartial && !isNamed) || (kind === 'end' && !isWanted(chain));
  };
  const known = relevant.filter((each) => !isUnread(each));
  const doubtful = relevant.filter(isUnread).map(({ finding }) => finding);
  return {
    findings: known.filter((each) => !isSaid(each)).map(({ finding }) => finding),
    notices: [
      ...known.filter(isSaid).map(({ finding }) => noticeOf(finding)),
      ...noticeOfUnknown('whether entries are missing', doubtful, unreadOf),
    ],
    isShort: relevant.some(({ kind }) => kind === 'end'),
  };
}

/** A missing body counts, unless a faulty file may hold the record. */
export function excuseMissingBodies(missing: readonly LedgerFinding[], unreadOf: Unread): Weighed {
  const isUnread = ({ chain = '' }: LedgerFinding): boolean => unreadOf(chain).length > 0;
  return {
    findings: missing.filter((each) => !isUnread(each)),
    notices: noticeOfUnknown(
      'whether bodies that are gone were erased on record',
      missing.filter(isUnread),
      unreadOf,
    ),
  };
}

const mostNamed = 3;

/** One notice for all chains whose missing entries a faulty file may hold. The notice says nothing else about that file. */
function noticeOfUnknown(what: string, about: readonly LedgerFinding[], unreadOf: Unread): readonly string[] {
  const chains = [...new Set(about.map(({ chain = '' }) => chain))];
  if (chains.length === 0) {
    return [];
  }
  const files = [...new Set(chains.flatMap(unreadOf))];
  const more = files.length > mostNamed ? ` and ${files.length - mostNamed} more` : '';
  const named = files.slice(0, mostNamed).map((file) => `"${file}"`);
  const of = chains.map((chain) => `"${chain}"`).join(', ');
  return [
    `${what} is not known of ${chains.length === 1 ? 'chain' : 'chains'} ${of}: what is not elsewhere may be in ${named.join(', ')}${more}, where something is wrong`,
  ];
}

function noticeOf({ file, line, chain, sequence, reason }: LedgerFinding): string {
  const place = [
    ...(chain === undefined ? [] : [`chain "${chain}"`]),
    ...(sequence === undefined ? [] : [`entry ${sequence}`]),
    ...(file === undefined || line === undefined ? [] : [`"${file}", line ${line}`]),
  ];
  return `${place.join(', ')}: ${reason}`;
}
