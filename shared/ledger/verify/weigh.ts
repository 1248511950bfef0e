import type { FileReport } from './file-check.ts';
import type { FileEnds } from './file-ends.ts';
import type { Finding } from './finding.ts';
import type { ChainPieces } from './pieces.ts';
import type { Shortfall } from './shortfalls.ts';
import type { Evidence } from './verify-ledger.ts';

/** What counts, and what is only said. */
export interface Weighed {
  readonly findings: readonly Finding[];
  readonly notices: readonly string[];
}

/** Whether entries of a chain may lie in a file that counts for nothing, being faulty: there they cannot be missed. */
export type Unread = (chain: string) => boolean;

export function unread(ends: readonly FileEnds[], files: readonly FileReport[]): Unread {
  const accepted = new Set(files.map(({ source }) => source.name));
  const left = ends.filter(({ source }) => !accepted.has(source.name));
  return (name) => left.some(({ manifest }) => manifest?.chains.some(({ chain }) => chain === name) ?? true);
}

/** What is missing counts, unless only a part was given, or it may lie in a faulty file, or nobody asked. */
export function weigh(
  missing: readonly Shortfall[],
  { chains, isPartial = false }: Evidence,
  given: ReadonlyMap<string, ChainPieces>,
  isUnread: Unread,
): Weighed & { readonly isShort: boolean } {
  const asked = new Set(chains ?? []);
  const isWanted = (chain: string): boolean => chains === undefined || asked.has(chain);
  const relevant = missing.filter(({ finding: { chain = '' } }) => isWanted(chain) || given.has(chain));
  const isSaid = ({ kind, finding: { chain = '' } }: Shortfall): boolean => {
    // Who asks for a chain by its name wants at least something of it, whatever else may be missing.
    const isNamed = asked.has(chain) && (kind === 'asked' || kind === 'chain');
    return isUnread(chain) || (isPartial && !isNamed) || (kind === 'end' && !isWanted(chain));
  };
  return {
    findings: relevant.filter((each) => !isSaid(each)).map(({ finding }) => finding),
    notices: relevant.filter(isSaid).map(({ finding }) => notice(finding)),
    isShort: relevant.some(({ kind }) => kind === 'end'),
  };
}

/** A body that is gone counts, unless the record may lie in a faulty file. */
export function excused(missing: readonly Finding[], isUnread: Unread): Weighed {
  const [kept, told] = [
    missing.filter(({ chain }) => !isUnread(chain ?? '')),
    missing.filter(({ chain }) => isUnread(chain ?? '')),
  ];
  return { findings: kept, notices: told.map(notice) };
}

function notice({ file, line, chain, sequence, reason }: Finding): string {
  const place = [
    ...(chain === undefined ? [] : [`chain "${chain}"`]),
    ...(sequence === undefined ? [] : [`entry ${sequence}`]),
    ...(file === undefined || line === undefined ? [] : [`"${file}", line ${line}`]),
  ];
  return `${place.join(', ')}: ${reason}`;
}
