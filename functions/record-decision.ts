import { app } from '@azure/functions';
import type { InboxRecorder } from '../shared/approval/record-handed-in.ts';

/** Records what people handed in through the web app, which writes no row of the ledger itself. */
export function registerRecordDecision(recorder: InboxRecorder): void {
  app.storageQueue('record-decision', {
    queueName: 'inbox',
    connection: 'LeakstopStorage',
    handler: (message) => recorder.record(message),
  });
}
