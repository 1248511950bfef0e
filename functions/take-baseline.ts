import { app } from '@azure/functions';
import type { Worker } from '../shared/engine/run/worker.ts';

/** Looks at each guarded subscription once; afterwards a run costs one table read a subscription. */
export function registerTakeBaseline(worker: Worker): void {
  app.timer('take-baseline', { schedule: '0 * * * * *', handler: () => worker.takeBaselines() });
}
