import { app } from '@azure/functions';
import type { Notifier } from '../shared/teams/notifier.ts';

/** Tells people, a few times a minute, which questions and news they have. */
export function registerSendNotices(notifier: Notifier): void {
  app.timer('send-notices', { schedule: '*/15 * * * * *', handler: () => notifier.run() });
}
