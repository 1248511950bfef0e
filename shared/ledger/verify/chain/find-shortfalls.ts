import type { CheckpointClaim, CheckpointClaims } from '../checkpoint/claims.ts';
import { type LedgerFinding, finding } from '../finding.ts';
import type { ChainPieces } from './pieces.ts';

/** A missing part of the history. */
export interface Shortfall {
  readonly finding: LedgerFinding;
  /**
   * `gap`: entries before or between the files. `end`: a chain ends too early. `chain`: a whole chain. `asked`: a chain that
   * was asked for.
   */
  readonly kind: 'gap' | 'end' | 'chain' | 'asked';
}

/** Words of a finding. A faulty file may hold the missing entries, so the words say nothing about faulty files. */
interface Words {
  /** Before "any entry of it". */
  readonly none: string;
  /** After "entries 1 to 2 are". */
  readonly nowhere: string;
  /** Before "with entry 1". */
  readonly ends: string;
}

const ofAll: Words = {
  none: 'no file has',
  nowhere: 'in no file before this one',
  ends: 'it ends',
};
const ofFaultless: Words = {
  none: 'no file that could be used has',
  nowhere: 'in no file that could be used before this one',
  ends: 'as far as files could be used it ends',
};

/** Finds entries missing before, between or behind the given files, and missing chains. */
export function findShortfalls(
  chains: ReadonlyMap<string, ChainPieces>,
  claims: CheckpointClaims,
  asked: readonly string[],
  isAnyFaulty: boolean,
): Shortfall[] {
  const words = isAnyFaulty ? ofFaultless : ofAll;
  const ends = [...claims.last().values()].flatMap(
    (claim) => endShortfall(claim, chains.get(claim.chain), words) ?? [],
  );
  const chainsMissing = new Set(
    ends.filter(({ kind }) => kind === 'chain').map(({ finding: { chain } }) => chain ?? ''),
  );
  const unknown = asked
    .filter((chain) => entriesOf(chains.get(chain)) === 0 && !chainsMissing.has(chain))
    .map((chain) => ({
      kind: 'asked' as const,
      finding: finding('not-given', { chain }, `this chain was asked for, and ${words.none} any entry of it`),
    }));
  return [...[...chains.values()].flatMap((each) => gaps(each, words)), ...ends, ...unknown];
}

function gaps({ chain, pieces }: ChainPieces, { nowhere }: Words): Shortfall[] {
  return pieces.flatMap(({ from, reports: [first] }, index) => {
    const before = (pieces[index - 1]?.to ?? 0) + 1;
    if (from <= before) {
      return [];
    }
    const place = { file: first?.file, line: 1, chain, sequence: from };
    const reason = `entries ${before} to ${from - 1} are ${nowhere}`;
    return [{ kind: 'gap' as const, finding: finding('not-given', place, reason) }];
  });
}

function endShortfall(
  { chain, sequence, by: { number } }: CheckpointClaim,
  known: ChainPieces | undefined,
  { none, ends }: Words,
): Shortfall | undefined {
  const knownEntry = `checkpoint ${number} knows its entry ${sequence}`;
  const last = known?.pieces.at(-1);
  if (!last || entriesOf(known) === 0) {
    return {
      kind: 'chain',
      finding: finding('removed', { chain }, `${knownEntry}, and ${none} any entry of it`),
    };
  }
  if (last.to >= sequence) {
    return undefined;
  }
  const place = { file: last.last.file, line: last.last.line, chain, sequence: last.to + 1 };
  return {
    kind: 'end',
    finding: finding('truncated', place, `${ends} with entry ${last.to}, and ${knownEntry}`),
  };
}

function entriesOf(known: ChainPieces | undefined): number {
  return (known?.pieces ?? []).reduce((sum, { from, to }) => sum + to - from + 1, 0);
}
