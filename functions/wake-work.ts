import { app } from '@azure/functions';
import type { Worker } from '../shared/engine/run/worker.ts';

/** Wakes due work: retries, late verifications, and work whose worker died. */
export function registerWakeWork(worker: Worker): void {
  app.timer('wake-work', { schedule: '15 * * * * *', handler: () => worker.wake() });
}
