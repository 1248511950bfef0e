import { app } from '@azure/functions';
import type { Intake } from '../shared/intake/receive.ts';

/** Reads events that Event Grid could not deliver: every resource named in one is looked at. */
export function registerReadDeadLetters(intake: Intake): void {
  app.timer('read-dead-letters', { schedule: '30 */5 * * * *', handler: () => intake.readDeadLetters() });
}
