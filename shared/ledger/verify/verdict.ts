import type { Finding } from './finding.ts';

/** What is true of one chain. */
export interface ChainVerdict {
  readonly chain: string;
  /** First and last entry that were verified in one piece; `to` is `from` less one for a chain without entries. */
  readonly from: number;
  readonly to: number;
  readonly entries: number;
  readonly bodies: number;
  /** Bodies that are gone, each with a record of its erasure. */
  readonly erased: number;
  /** Bodies that the export's filter left out. Their headers verify. */
  readonly leftOut: number;
  /** Up to which entry a signed checkpoint vouches, and which one; null when none does. */
  readonly vouched: { readonly to: number; readonly checkpoint: number; readonly time: string } | null;
}

/** The answer. There is no plain "OK": what vouches for what is a part of it. */
export interface Verdict {
  /**
   * `faulty`: something is wrong, see `findings`. `unvouched`: everything fits together, and nobody vouches that it is the
   * history that was written. `vouched`: what each chain's `vouched` names is the history that was signed.
   */
  readonly outcome: 'faulty' | 'unvouched' | 'vouched';
  /** At most one for each file, and what the files as a whole lack. */
  readonly findings: readonly Finding[];
  readonly chains: readonly ChainVerdict[];
  readonly checkpoints: {
    readonly count: number;
    readonly last: { readonly number: number; readonly time: string } | null;
    /** Whether signatures were checked; not without a key. */
    readonly isVerified: boolean;
  };
  /** What is not wrong and should be known. */
  readonly notices: readonly string[];
}
