import { app } from '@azure/functions';
import type { Sweeper } from '../shared/engine/sweep/sweeper.ts';

/** Continues an unfinished sweep. Otherwise a run costs one table read. */
export function registerResumeSweep(sweeper: Sweeper): void {
  app.timer('resume-sweep', { schedule: '20 * * * * *', handler: () => sweeper.resume() });
}
