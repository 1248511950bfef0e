import { app } from '@azure/functions';
import type { Worker } from '../shared/engine/run/worker.ts';

/** Records a message that the host gave up in the ledger, not in a queue that nobody reads. */
export function registerRecordPoisonedMessage(worker: Worker): void {
  app.storageQueue('record-poisoned-message', {
    queueName: 'reconcile-poison',
    connection: 'LeakstopStorage',
    handler: (message) => worker.recordPoisoned(message),
  });
}
