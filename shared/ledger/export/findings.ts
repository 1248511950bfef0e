import type { End } from '../format/segment.ts';
import type { ChainEnd } from './read-entries.ts';

/** What is wrong with the table, as an export sees it. A verifier sees more. */
export type ExportFindingKind =
  /** A partition that is no chain of ours: somebody planted it. It is not exported. */
  | 'not-a-chain'
  | 'head-missing'
  | 'head-unreadable'
  /** The chain ends before the entry that its head knows. */
  | 'chain-short'
  /** The head knows less than was exported before. */
  | 'head-behind'
  /** A row where an entry belongs, and no header of the chain in it, or a body that no line can hold. */
  | 'entry-unreadable'
  /** The last entry that was exported before is not in the table any more, or is another one. */
  | 'entry-changed';

/** One finding. `at` is an entry's sequence, or the key of a row that has none. */
export interface ExportFinding {
  readonly kind: ExportFindingKind;
  readonly chain: string;
  readonly at?: number | string;
}

/** Heads that are not there, or cannot be read. */
export function headFindings(ends: readonly ChainEnd[]): ExportFinding[] {
  return ends.flatMap(({ chain, fault }) => (fault === undefined ? [] : [{ kind: fault, chain }]));
}

/** Chains that end before their heads do. `reached` is how far they were read. */
export function shortChains(
  ends: readonly ChainEnd[],
  reached: readonly Pick<End['chains'][number], 'chain' | 'to'>[],
): ExportFinding[] {
  return reached.flatMap(({ chain, to }) => {
    const head = ends.find((each) => each.chain === chain)?.sequence ?? 0;
    return head > to ? [{ kind: 'chain-short' as const, chain, at: to }] : [];
  });
}

/** The sequence that a row key of an entry names, or the key. */
export function placeOf(rowKey: string): number | string {
  const [, digits] = /^entry!(\d{16})$/.exec(rowKey) ?? [];
  return digits === undefined ? rowKey : Number(digits);
}
