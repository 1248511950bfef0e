import type { ResourceGraph } from '../../azure/resource-graph.ts';
import type { WorkQueue } from '../../work/queue.ts';
import type { SweepStore } from '../../work/sweep-store.ts';
import type { Engine } from '../engine.ts';

/** The parts with which a sweep works. */
export interface SweepParts {
  readonly engine: Engine;
  readonly queue: WorkQueue;
  readonly graph: ResourceGraph;
  readonly sweeps: SweepStore;
  /** All guarded subscriptions, whatever Resource Graph shows. */
  readonly subscriptions: readonly string[];
  /** Called once for each subscription that was walked; escalates the cases in it that are past due. */
  readonly escalateDue?: (engine: Engine, subscription: string) => Promise<unknown>;
  /** Counts messages that were given up and that no function can take; when absent a sweep does not tell of them. */
  readonly stuckMessages?: () => Promise<number>;
  /** Called when a sweep ends: reads the display names of subscriptions for people. Never rejects. */
  readonly keepNames?: () => Promise<void>;
}
