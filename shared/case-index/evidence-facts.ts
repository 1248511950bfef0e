import type { Clock } from '../clock.ts';
import type { WriteOnceFiles } from '../ledger/write-once-files.ts';
import type { Halts } from '../ledger/checkpoints/halts.ts';
import { type PublicKeyOf, readLastCheckpoint } from '../ledger/checkpoints/last-checkpoint.ts';

/** The evidence for the ledger, and its agreement with the ledger. */
export interface EvidenceFacts {
  /** Undefined before the first checkpoint. */
  readonly checkpoint: { readonly number: number; readonly time: string } | undefined;
  /** True if the newest checkpoint is not the one that our key signed. */
  readonly isAltered: boolean;
  /** True if changes are stopped because the ledger contradicts a checkpoint. */
  readonly isHalted: boolean;
}

const memoryInMs = 60_000;

/** Answers from memory for a minute. Facts that cannot be read are undefined: pages go on without them. */
export function openEvidenceFacts(parts: {
  readonly files: WriteOnceFiles;
  readonly halts: Pick<Halts, 'isHalted'>;
  readonly publicKeyOf: PublicKeyOf;
  readonly clock: Clock;
}): () => Promise<EvidenceFacts | undefined> {
  let remembered: { readonly until: number; readonly facts: Promise<EvidenceFacts | undefined> } | undefined;
  let known: number | undefined;
  const read = async (): Promise<EvidenceFacts> => {
    const [{ checkpoint, contradiction }, isHalted] = await Promise.all([
      readLastCheckpoint(parts.files, parts.publicKeyOf, known),
      parts.halts.isHalted(),
    ]);
    known = checkpoint?.number ?? known;
    return {
      checkpoint: checkpoint && { number: checkpoint.number, time: checkpoint.time },
      isAltered: contradiction !== undefined,
      isHalted,
    };
  };
  return () => {
    const now = parts.clock.now().getTime();
    if (remembered === undefined || now >= remembered.until) {
      remembered = {
        until: now + memoryInMs,
        facts: read().catch(() => {
          remembered = undefined;
          return undefined;
        }),
      };
    }
    return remembered.facts;
  };
}
