import { app } from '@azure/functions';
import type { Sweeper } from '../shared/engine/sweep/sweeper.ts';

/** Walks everything guarded once an hour, and finds drift that no event told of. */
export function registerSweepSubscriptions(sweeper: Sweeper): void {
  app.timer('sweep-subscriptions', { schedule: '0 17 * * * *', handler: () => sweeper.begin() });
}
