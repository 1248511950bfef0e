import type { ResourceGraph } from '../../azure/resource-graph.ts';
import type { RemediationError } from '../../errors.ts';
import type { WorkQueue } from '../../work/queue.ts';
import type { SweepFailure, SweepProgress } from '../../work/sweep-run.ts';
import type { Engine } from '../engine.ts';

/** One subscription of one sweep. */
export interface Walk {
  readonly engine: Engine;
  readonly queue: WorkQueue;
  readonly graph: ResourceGraph;
  readonly run: string;
  readonly subscription: string;
  readonly progress: SweepProgress;
  /** Notes the roots that were read. */
  readonly read: (roots: readonly string[]) => void;
  /** Keeps the progress; all earlier work is then done for good. */
  readonly save: () => Promise<void>;
  /** No page is requested after this moment. */
  readonly until: Date;
}

/** The part of an error that is kept. */
export function failureOf({ code, action }: RemediationError): SweepFailure {
  return { code, ...(action === undefined ? {} : { action }) };
}
