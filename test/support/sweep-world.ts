import { openResourceGraph } from '../../shared/azure/resource-graph.ts';
import { createAzureClients } from '../../shared/azure/clients.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { reconcile } from '../../shared/engine/run/reconcile.ts';
import type { ReconcileRequest } from '../../shared/work/request.ts';
import { parseReconcileRequest } from '../../shared/work/request.ts';
import type { SweepOutcome } from '../../shared/engine/sweep/sweep.ts';
import type { SweepParts } from '../../shared/engine/sweep/sweep-parts.ts';
import { beginSweep, resumeSweep } from '../../shared/engine/sweep/sweep.ts';
import type { WorkQueue } from '../../shared/work/queue.ts';
import { openSweepStore } from '../../shared/work/sweep-store.ts';
import { readSettings } from '../../shared/settings.ts';
import { MemoryTable } from './memory-table.ts';
import type { TestBed } from './test-bed.ts';

/**
 * Time that stands still but for sleeping and for what a test decides. It begins in the past: Azurite has the real time, and
 * takes tokens that are old but none from the future.
 */
export interface TestTime extends Clock {
  /** Goes on to a moment, never back. */
  goTo(moment: Date): void;
}

export function createTestTime(): TestTime {
  let now = Date.now() - 12 * 60 * 60_000;
  return {
    now: () => new Date(now),
    sleep: (milliseconds) => {
      now += milliseconds;
      return Promise.resolve();
    },
    random: () => Math.random(),
    uuid: () => crypto.randomUUID(),
    goTo: (moment) => {
      now = Math.max(now, moment.getTime());
    },
  };
}

/** A queue in memory that hands out messages in the order in which they are due. */
export class TestQueue implements WorkQueue {
  readonly #clock: Clock;
  readonly waiting: { readonly request: ReconcileRequest; readonly dueAt: Date }[] = [];
  /** Everything that was ever sent. */
  readonly sent: ReconcileRequest[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  send(request: Parameters<WorkQueue['send']>[0], delayInMs = 0): Promise<void> {
    const parsed = parseReconcileRequest({ format: 1, postponed: 0, ...request });
    // As the real queue: whole seconds.
    const delay = Math.ceil(delayInMs / 1_000) * 1_000;
    this.waiting.push({ request: parsed, dueAt: new Date(this.#clock.now().getTime() + delay) });
    this.sent.push(parsed);
    return Promise.resolve();
  }

  /** The next message, and when it is due; undefined when none waits. */
  next(): { readonly request: ReconcileRequest; readonly dueAt: Date } | undefined {
    this.waiting.sort((one, other) => one.dueAt.getTime() - other.dueAt.getTime());
    return this.waiting.shift();
  }
}

/** A sweep of some subscriptions, over the real clients, with a queue of its own. */
export interface SweepWorld {
  readonly engine: Engine;
  readonly queue: TestQueue;
  readonly parts: SweepParts;
  /** Sweeps until the sweep is completed, with every message handled when it is due. */
  sweep(): Promise<void>;
  begin(): Promise<SweepOutcome>;
  resume(): Promise<SweepOutcome>;
  /** Handles every message that waits, in simulated time. */
  handleMessages(): Promise<void>;
}

export async function createSweepWorld(
  bed: TestBed,
  time: TestTime,
  subscriptions: readonly string[],
  { pageSize = 1_000, ...change }: Partial<Engine> & { readonly pageSize?: number } = {},
): Promise<SweepWorld> {
  // Its own row: there is one sweep at a time, and tests share a sandbox.
  const sweeps = openSweepStore(new MemoryTable().client(), time);
  const engine = await bed.newEngine({
    clock: time,
    sweeps: { lastRead: (root) => parts.sweeps.lastRead(root) },
    ...change,
  });
  const queue = new TestQueue(time);
  const settings = readSettings(bed.deployment.settings('worker'));
  const azure = createAzureClients(settings, time, engine.telemetry);
  const graph = openResourceGraph(azure, time, pageSize);
  const parts: SweepParts = { engine, queue, graph, sweeps, subscriptions };
  const handleMessages = async (): Promise<void> => {
    for (let count = 0; count < 100_000; count += 1) {
      const message = queue.next();
      if (message === undefined) {
        return;
      }
      time.goTo(message.dueAt);
      await reconcile(engine, queue, message.request);
    }
  };
  const begin = (): Promise<SweepOutcome> => beginSweep(parts);
  const resume = (): Promise<SweepOutcome> => resumeSweep(parts);
  return {
    engine,
    queue,
    parts,
    begin,
    resume,
    handleMessages,
    sweep: async () => {
      let outcome = await begin();
      for (let count = 0; count < 50 && outcome !== 'completed'; count += 1) {
        await handleMessages();
        await time.sleep(60_000);
        outcome = await resume();
      }
      if (outcome !== 'completed') {
        throw new Error(`The sweep does not complete: ${outcome}`);
      }
    },
  };
}
