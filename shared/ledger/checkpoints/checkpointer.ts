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

/** What a timer calls. */
export interface Checkpointer {
  /** @throws RemediationError when the ledger, the container or the key is away; the next run goes on */
  run(): Promise<CheckpointRun>;
}

export interface CheckpointerParts extends CheckpointParts {
  readonly ledger: Ledger;
  readonly halts: Halts;
}

/** Checks what is new in the ledger, vouches for it, and stops changes when it is not what was vouched for before. */
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

/** Most contradictions that are told one by one. */
const mostTold = 50;

/** The halt comes first: it does not need the ledger, which is what cannot be trusted. */
async function stopChanges(
  { halts, ledger }: CheckpointerParts,
  logger: Logger,
  contradictions: readonly Contradiction[],
): Promise<void> {
  const told = contradictions.slice(0, mostTold);
  const halt = await halts.halt(told);
  logger.error('Changes stopped: the ledger contradicts its checkpoints', {
    // What an alert rule asks for; the README tells of it. Every run says it again while the contradiction stands.
    alert: 'leakstop-changes-stopped',
    halt,
    count: contradictions.length,
    contradictions: told.map(({ kind, chain = 'checkpoints', at }) => `${chain} ${at}: ${kind}`),
  });
  try {
    await record(ledger, halt, told);
  } catch (error) {
    // The chain that tells of it may be the one that is damaged. The halt stands, and the next run tries again.
    logger.error('Contradiction not recorded in the ledger', { halt, reason: safeCause(error).message });
  }
}

/** Once for each halt: the head remembers the last one that was told. */
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
