/** How what is stored contradicts what was vouched for, or itself. */
export type ContradictionKind =
  /** The chain has no head. */
  | 'head-missing'
  /** The head names another entry than the last one, or cannot be read. */
  | 'head-altered'
  /** The chain is shorter than a checkpoint says. */
  | 'chain-shrunk'
  /** The entry that a checkpoint names is another one. */
  | 'chain-changed'
  | 'entry-missing'
  /** The entry cannot be read, or does not follow the one before. */
  | 'entry-altered'
  | 'body-missing'
  | 'body-altered'
  /** The body is what its header names, and is none: no writer of ours made it. */
  | 'body-malformed'
  /** The entry is no legal move of its case, or of a kind that is none. */
  | 'move-illegal'
  /** The body is said to be erased, and the record that is named does not say so. */
  | 'erasure-unrecorded'
  /** The record of an erasure names what is no body of an earlier entry. */
  | 'erasure-untrue'
  /** A file of the chain's entries that we did not write. */
  | 'segment-altered'
  /** The last checkpoint is not one that our key signed, or is not there any more. */
  | 'checkpoint-altered';

/** One contradiction. `chain` is undefined for one in the checkpoints themselves. */
export interface Contradiction {
  readonly kind: ContradictionKind;
  readonly chain?: string;
  /** Sequence of the entry, or number of the checkpoint. */
  readonly at: number;
}
