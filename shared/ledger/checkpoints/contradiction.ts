/** Ways in which the stored ledger contradicts a checkpoint, or itself. */
export type ContradictionKind =
  /** The chain has no head. */
  | 'head-missing'
  /** The head names another entry than the last one, or is unreadable. */
  | 'head-altered'
  /** The chain is shorter than a checkpoint says. */
  | 'chain-shrunk'
  /** The entry that a checkpoint names was replaced. */
  | 'chain-changed'
  | 'entry-missing'
  /** The entry is unreadable, or does not follow the entry before. */
  | 'entry-altered'
  | 'body-missing'
  | 'body-altered'
  /** The body has the hash that its header names, and is malformed: no writer of ours made it. */
  | 'body-malformed'
  /** The entry is an illegal move of its case, or of an unknown kind. */
  | 'move-illegal'
  /** The body is marked as erased, and the named record does not mention the body. */
  | 'erasure-unrecorded'
  /** The record of an erasure names something that is no body of an earlier entry. */
  | 'erasure-untrue'
  /** A segment of the chain that we did not write. */
  | 'segment-altered'
  /** The last checkpoint is missing, or our key did not sign it. */
  | 'checkpoint-altered'
  /** The head is not as the app that carries out changes sealed it. */
  | 'head-not-sealed'
  /** The open rows are not those that the sealed head knows. */
  | 'rows-not-sealed'
  /** The row of an open case is not what its last entry says, or cannot be read. */
  | 'row-altered'
  /** A case is open by its entries, and has no row. */
  | 'row-missing'
  /** A row is open, and no entry says that its case is. */
  | 'row-planted';

/** One contradiction. `chain` is undefined for a contradiction in the checkpoints themselves. */
export interface Contradiction {
  readonly kind: ContradictionKind;
  readonly chain?: string;
  /** Sequence of the entry, or number of the checkpoint. */
  readonly at: number;
  /** The hash that the head names, for a head or rows that are not sealed: whoever lets changes go on vouches for it. */
  readonly hash?: string;
}
