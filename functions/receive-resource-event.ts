import { app, output } from '@azure/functions';
import type { Intake } from '../shared/intake/receive.ts';

const queue = output.storageQueue({ queueName: 'reconcile', connection: 'LeakstopStorage' });

/** Event Grid → queue: identity and cause only. Azure delivers again if the queue does not take the message. */
export function registerReceiveResourceEvent(intake: Intake): void {
  app.eventGrid('receive-resource-event', {
    extraOutputs: [queue],
    handler: async (event, context) => {
      context.extraOutputs.set(queue, await intake.receive(event, context.traceContext?.traceParent));
    },
  });
}
