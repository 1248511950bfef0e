import type { KeyObject } from 'node:crypto';
import type { CheckpointText } from '../checkpoint/check-checkpoints.ts';
import type { Source } from '../line/read-lines.ts';

/** What is handed over to be verified. */
export interface LedgerEvidence {
  /** Exports and segments, in any order, each under a name of its own. */
  readonly files: readonly Source[];
  /** In the order of their numbers. */
  readonly checkpoints?: AsyncIterable<CheckpointText>;
  /** Any of them may have signed. Without one, checkpoints vouch for nothing. */
  readonly keys?: readonly KeyObject[];
  /** The chains that are asked for; all when absent. */
  readonly chains?: readonly string[];
  /** Whether entries may be missing before, between and after the files without that being a finding. */
  readonly isPartial?: boolean;
}
