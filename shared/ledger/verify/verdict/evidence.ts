import type { KeyObject } from 'node:crypto';
import type { CheckpointText } from '../checkpoint/check-checkpoints.ts';
import type { Source } from '../line/read-lines.ts';

/** The input of a verification. */
export interface LedgerEvidence {
  /** Exports and segments, in any order, each under a name of its own. */
  readonly files: readonly Source[];
  /** Checkpoints in the order of their numbers. */
  readonly checkpoints?: AsyncIterable<CheckpointText>;
  /** Keys that may have signed. Without a key, checkpoints vouch for nothing. */
  readonly keys?: readonly KeyObject[];
  /** The chains that are asked for; all if absent. */
  readonly chains?: readonly string[];
  /** True if entries may be missing before, between and after the files without a finding. */
  readonly isPartial?: boolean;
}
