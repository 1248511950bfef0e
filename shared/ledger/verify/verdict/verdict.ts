import type { Filter } from '../../format/segment.ts';
import type { LedgerFinding } from '../finding.ts';

/** The verdict on one chain or, if entries are missing in between, on one piece of it. */
export interface ChainVerdict {
  readonly chain: string;
  /** First and last entry of one verified piece; `to` is `from` - 1 for a chain without entries. */
  readonly from: number;
  readonly to: number;
  readonly entries: number;
  /** Entries whose body is in one of the files. */
  readonly bodies: number;
  /** Bodies that are gone, each with a record of its erasure. */
  readonly erased: number;
  /**
   * Bodies that are gone from vouched entries, by a record that nothing vouches for: whoever could write a file could have
   * made the record up.
   */
  readonly doubtful: number;
  /** Bodies that filters left out of every file. Their headers verify. */
  readonly leftOut: number;
  /** The last entry that a signed checkpoint vouches for, and that checkpoint; null if none does. */
  readonly vouched: { readonly to: number; readonly checkpoint: number; readonly time: string } | null;
}

/** The content of one file without faults. */
export interface FileVerdict {
  readonly file: string;
  readonly holds: 'export' | 'segment';
  /** The filter that the export was made with; null for all bodies. */
  readonly filter: Filter | null;
  readonly entries: number;
  readonly bodies: number;
  /** Lines that mark a body as gone. */
  readonly erased: number;
  /** Bodies that the filter left out. */
  readonly leftOut: number;
}

/** The verdict. There is no plain "OK": the verdict always says what vouches for which entries. */
export interface LedgerVerdict {
  /**
   * `faulty`: something is wrong, see `findings`. `unvouched`: everything fits together, but nobody vouches that some entries
   * are the history that was written, or nobody vouches for some records of erasures. `incomplete`: only a part was given,
   * which ends before the signed end. `vouched`: the entries in each chain's `vouched` are the signed history.
   */
  readonly outcome: 'faulty' | 'unvouched' | 'incomplete' | 'vouched';
  /** At most one for each file, and the faults of the files as a whole. */
  readonly findings: readonly LedgerFinding[];
  /** Bodies that nobody checked, since filters left them out of every file: `outcome` is then about headers only. */
  readonly leftOut: number;
  /** Sorted by chain, and by `from` if a chain has gaps. */
  readonly chains: readonly ChainVerdict[];
  /** The files without faults, sorted by name. */
  readonly files: readonly FileVerdict[];
  /** True if entries were allowed to be missing. */
  readonly isPartial: boolean;
  readonly checkpoints: {
    readonly count: number;
    readonly last: { readonly number: number; readonly time: string } | null;
    /** True if signatures were checked, which needs a key. */
    readonly isVerified: boolean;
  };
  /** Remarks that are no faults and should be known. */
  readonly notices: readonly string[];
}
