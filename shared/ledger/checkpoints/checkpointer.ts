import { safeCause } from '../../text/safe-cause.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import type { Ledger } from '../ledger.ts';
import type { Contradiction } from './contradiction.ts';
import type { Halts } from './halts.ts';
import {
  type CheckpointMemory,
  type CheckpointParts,
  type CheckpointRun,
  writeCheckpoint,
} from './write-checkpoint.ts';

/** The checkpoint job that a timer runs. */
export interface Checkpointer {
  /** @throws RemediationError when the ledger, the container or the key is away; the next run goes on */
  run(): Promise<CheckpointRun>;
}

export interface CheckpointerParts extends CheckpointParts {
  readonly ledger: Ledger;
  readonly halts: Halts;
}

/** Checks new entries of the ledger, vouches for them, and stops changes if the ledger contradicts an older checkpoint. */
export function createCheckpointer(
  open: () => Promise<CheckpointerParts>,
  { telemetry, logger }: { readonly telemetry: Telemetry; readonly logger: Logger },
): Checkpointer {
  const memory: CheckpointMemory = { chains: new Map() };
  const run = async (): Promise<CheckpointRun> => {
    const parts = await open();
    const result = await writeCheckpoint(parts, memory);
    memory.known = result.number === 0 ? undefined : result.number;
    telemetry.attribute('leakstop.outcome', result.outcome);
    telemetry.attribute('leakstop.entries', result.entries);
    if (result.contradictions.length > 0) {
      await stopChanges(parts, logger, result.contradictions);
    }
    return result;
  };
  return { run: () => telemetry.request('write-checkpoint', undefined, run) };
}

/** Most contradictions that are logged one by one. */
const mostTold = 50;

/** The halt comes first: it does not need the ledger, which cannot be trusted now. */
async function stopChanges(
  { halts, ledger }: CheckpointerParts,
  logger: Logger,
  contradictions: readonly Contradiction[],
): Promise<void> {
  const told = contradictions.slice(0, mostTold);
  const halt = await halts.halt(told);
  logger.error('Changes stopped: the ledger contradicts its checkpoints', {
    // An alert rule queries this field (see README). Every run logs it again while the contradiction stands.
    alert: 'leakstop-changes-stopped',
    halt,
    count: contradictions.length,
    contradictions: told.map(({ kind, chain = 'checkpoints', at }) => `${chain} ${at}: ${kind}`),
  });
  try {
    await record(ledger, halt, told);
  } catch (error) {
    // The service chain may be the damaged one. The halt stands, and the next run tries again to record it.
    logger.error('Contradiction not recorded in the ledger', { halt, reason: safeCause(error).message });
  }
}

/** Records each halt once: the head remembers the last recorded one. */
async function record(ledger: Ledger, halt: number, contradictions: readonly Contradiction[]): Promise<void> {
  const chain = 'service';
  const { head } = await ledger.readRoot(chain, chain);
  if (head.halt === halt) {
    return;
  }
  await ledger.append({
    chain,
    entries: [
      {
        kind: 'checkpoint-contradicted',
        body: {
          actor: { kind: 'leakstop' },
          payload: { halt, contradictions: contradictions.map((each) => ({ ...each })) },
        },
      },
    ],
    cases: [],
    head: { halt },
  });
}
