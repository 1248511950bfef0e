import { app } from '@azure/functions';
import type { Worker } from '../shared/engine/run/worker.ts';

/** Looks at the resource that a message names, with every remediator that applies, and closes open drift. */
export function registerReconcileResource(worker: Worker): void {
  app.storageQueue('reconcile-resource', {
    queueName: 'reconcile',
    connection: 'LeakstopStorage',
    handler: (message, { triggerMetadata }) =>
      worker.reconcile(message, Number(triggerMetadata?.dequeueCount ?? 1)),
  });
}
