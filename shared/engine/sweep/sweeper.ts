import type { ResourceGraph } from '../../azure/resource-graph.ts';
import { isTransient } from '../../errors.ts';
import type { WorkQueue } from '../../work/queue.ts';
import { safeCause } from '../../text/safe-cause.ts';
import type { SweepStore } from '../../work/sweep-store.ts';
import type { Engine } from '../engine.ts';
import type { SweepOutcome } from './sweep.ts';
import type { SweepParts } from './sweep-parts.ts';
import { beginSweep, resumeSweep } from './sweep.ts';

/** The timers of the sweep call these. */
export interface Sweeper {
  begin(): Promise<void>;
  resume(): Promise<void>;
}

export function createSweeper(
  engine: () => Promise<Engine & { readonly sweeps: SweepStore }>,
  parts: Pick<Engine, 'telemetry' | 'logger'> &
    Pick<SweepParts, 'subscriptions' | 'escalateDue' | 'stuckMessages' | 'keepNames'> & {
      readonly queue: () => WorkQueue;
      readonly graph: () => ResourceGraph;
    },
): Sweeper {
  const { telemetry, logger, queue, graph, ...others } = parts;
  const call = (name: string, act: (parts: SweepParts) => Promise<SweepOutcome>): Promise<void> =>
    telemetry.request(name, undefined, async () => {
      try {
        const opened = await engine();
        const { sweeps } = opened;
        const outcome = await act({ ...others, engine: opened, sweeps, queue: queue(), graph: graph() });
        telemetry.attribute('leakstop.outcome', outcome);
      } catch (error) {
        if (!isTransient(error)) {
          throw error;
        }
        // The timer comes back, and the sweep goes on where it stopped.
        logger.warning('Sweep put off', { reason: safeCause(error).message });
      }
    });
  return {
    begin: () => call('sweep-subscriptions', beginSweep),
    resume: () => call('resume-sweep', resumeSweep),
  };
}
