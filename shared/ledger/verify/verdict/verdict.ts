import type { Filter } from '../../format/segment.ts';
import type { LedgerFinding } from '../finding.ts';

/** What is true of one chain, or, where entries are missing in between, of one piece of it. */
export interface ChainVerdict {
  readonly chain: string;
  /** First and last entry that were verified in one piece; `to` is `from` less one for a chain without entries. */
  readonly from: number;
  readonly to: number;
  readonly entries: number;
  /** Entries whose body is in one of the files. */
  readonly bodies: number;
  /** Bodies that are gone, each with a record of its erasure. */
  readonly erased: number;
  /**
   * Bodies that are gone from entries that are vouched for, by a record that is not: whoever could write a file could have
   * made the record up.
   */
  readonly doubtful: number;
  /** Bodies that filters left out of every file. Their headers verify. */
  readonly leftOut: number;
  /** Up to which entry a signed checkpoint vouches, and which one; null when none does. */
  readonly vouched: { readonly to: number; readonly checkpoint: number; readonly time: string } | null;
}

/** What one file holds, when nothing is wrong with it. */
export interface FileVerdict {
  readonly file: string;
  readonly holds: 'export' | 'segment';
  /** Which bodies the export was asked for; null for all. */
  readonly filter: Filter | null;
  readonly entries: number;
  readonly bodies: number;
  /** Lines that say that a body is gone. */
  readonly erased: number;
  /** Bodies that the filter left out. */
  readonly leftOut: number;
}

/** The answer. There is no plain "OK": what vouches for what is a part of it. */
export interface LedgerVerdict {
  /**
   * `faulty`: something is wrong, see `findings`. `unvouched`: everything fits together, and there are entries for which
   * nobody vouches that they are the history that was written, or records of erasures that nobody vouches for. `incomplete`: only a part was given, which ends before
   * what was signed. `vouched`: what each chain's `vouched` names is the history that was signed.
   */
  readonly outcome: 'faulty' | 'unvouched' | 'incomplete' | 'vouched';
  /** At most one for each file, and what the files as a whole lack. */
  readonly findings: readonly LedgerFinding[];
  /** Bodies that nobody looked at, since filters left them out of every file: `outcome` is then about headers only. */
  readonly leftOut: number;
  /** By chain, and by `from` where a chain has gaps. */
  readonly chains: readonly ChainVerdict[];
  /** The files in which nothing is wrong, by their names. */
  readonly files: readonly FileVerdict[];
  /** Whether entries were allowed to be missing. */
  readonly isPartial: boolean;
  readonly checkpoints: {
    readonly count: number;
    readonly last: { readonly number: number; readonly time: string } | null;
    /** Whether signatures were checked; not without a key. */
    readonly isVerified: boolean;
  };
  /** What is not wrong and should be known. */
  readonly notices: readonly string[];
}
