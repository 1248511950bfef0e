import { app } from '@azure/functions';
import type { Notifier } from '../shared/teams/notifier.ts';

/** Tells people what waits for them, a few times a minute. */
export function registerSendNotices(notifier: Notifier): void {
  app.timer('send-notices', { schedule: '*/15 * * * * *', handler: () => notifier.run() });
}
