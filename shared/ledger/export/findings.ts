import type { End } from '../format/segment.ts';
import type { ChainEnd } from './read-entries.ts';

/** Faults of the table that an export can see. A verifier sees more. */
export type ExportFindingKind =
  /** A partition that is no chain of ours: an intruder planted it. It is not exported. */
  | 'not-a-chain'
  | 'head-missing'
  | 'head-unreadable'
  /** The chain ends before the entry that its head knows. */
  | 'chain-short'
  /** The head names an earlier entry than was exported before. */
  | 'head-behind'
  /** The row of an entry without a header of the chain, or with a body that does not fit on one line. */
  | 'entry-unreadable'
  /** The last entry of the earlier export is gone from the table, or was replaced. */
  | 'entry-changed';

/** One finding. `at` is an entry's sequence, or the row key if the row has no sequence. */
export interface ExportFinding {
  readonly kind: ExportFindingKind;
  readonly chain: string;
  readonly at?: number | string;
}

/** Findings for heads that are missing or unreadable. */
export function headFindings(ends: readonly ChainEnd[]): ExportFinding[] {
  return ends.flatMap(({ chain, fault }) => (fault === undefined ? [] : [{ kind: fault, chain }]));
}

/** Findings for chains that end before the entry in their head. `reached` says how far each chain was read. */
export function shortChains(
  ends: readonly ChainEnd[],
  reached: readonly Pick<End['chains'][number], 'chain' | 'to'>[],
): ExportFinding[] {
  return reached.flatMap(({ chain, to }) => {
    const head = ends.find((each) => each.chain === chain)?.sequence ?? 0;
    return head > to ? [{ kind: 'chain-short' as const, chain, at: to }] : [];
  });
}

/** The sequence in the row key of an entry, or else the key. */
export function placeOf(rowKey: string): number | string {
  const [, digits] = /^entry!(\d{16})$/.exec(rowKey) ?? [];
  return digits === undefined ? rowKey : Number(digits);
}
