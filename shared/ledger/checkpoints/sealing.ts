import type { Logger } from '../../telemetry/logger.ts';
import type { Sealer } from '../../seal/sealer.ts';
import { RemediationError } from '../../errors.ts';
import type { Sealing } from '../head-guard.ts';
import type { WriteOnceFiles } from '../write-once-files.ts';
import type { Halts } from './halts.ts';
import { type PublicKeyOf, readLastCheckpoint } from './last-checkpoint.ts';

/** The parts of {@link openSealing}. */
export interface SealingParts {
  readonly sealer: () => Promise<Sealer>;
  readonly files: WriteOnceFiles;
  readonly publicKeyOf: PublicKeyOf;
  readonly halts: Halts;
  readonly logger: Pick<Logger, 'error'>;
}

type Ends = ReadonlyMap<string, { readonly chain: string; readonly sequence: number; readonly hash: string }>;

/**
 * Believes heads that the app has sealed and that do not lie before the last signed checkpoint. Anything else is a halt, which
 * stops all changes until a person lets them go on; the log tells by the same alert as a contradiction.
 */
export function openSealing({ sealer, files, publicKeyOf, halts, logger }: SealingParts): Sealing {
  let floor: Promise<Ends> | undefined;
  const readFloor = async (): Promise<Ends> => {
    const { checkpoint, contradiction } = await readLastCheckpoint(files, publicKeyOf, undefined);
    if (contradiction !== undefined) {
      throw new RemediationError(
        'rows-not-believed',
        'Cannot tell how long the chains are: the last checkpoint is not ours',
      );
    }
    return new Map((checkpoint?.chains ?? []).map((end) => [end.chain, end]));
  };
  return {
    sealer,
    floorOf: async (chain) => {
      floor ??= readFloor().catch((error: unknown) => {
        floor = undefined;
        throw error;
      });
      return (await floor).get(chain);
    },
    distrust: async (found) => {
      const halt = await halts.halt([found]);
      logger.error('Changes stopped: rows of the ledger are not as they were sealed', {
        alert: 'leakstop-changes-stopped',
        halt,
        contradictions: [`${found.chain} ${found.at}: ${found.kind}`],
      });
    },
    isVouchedFor: async ({ chain, sequence, hash }) => {
      const vouched = await halts.vouchedFor();
      return vouched.some((each) => each.chain === chain && each.at === sequence && each.hash === hash);
    },
  };
}
