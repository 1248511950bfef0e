import { app } from '@azure/functions';
import type { InboxRecorder } from '../shared/approval/record-handed-in.ts';

/** Tells of a decision that the host gave up: whoever gave it is told to give it again. */
export function registerRecordPoisonedDecision(recorder: InboxRecorder): void {
  app.storageQueue('record-poisoned-decision', {
    queueName: 'inbox-poison',
    connection: 'LeakstopStorage',
    handler: (message) => recorder.recordPoisoned(message),
  });
}
