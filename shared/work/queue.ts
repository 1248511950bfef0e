import type { QueueClient } from '@azure/storage-queue';
import type { StorageCredential } from '../azure/clients.ts';
import type { ReconcileRequest } from './request.ts';
import { toStorageError } from '../storage-errors.ts';

/** Puts work on the queue. */
export interface WorkQueue {
  /** @throws RemediationError `storage-unavailable`, `throttled`, `identity-unavailable` */
  send(
    request: Omit<ReconcileRequest, 'format' | 'postponed'> & { readonly postponed?: number },
    delayInMs?: number,
  ): Promise<void>;
}

export const reconcileQueue = 'reconcile';

/** Longest that a message may stay hidden: seven days. */
const longestDelayInSeconds = 604_800;

/** The queue of the storage account. The SDK is loaded with the first message. */
export function createWorkQueue(queueServiceUri: string, credential: StorageCredential): WorkQueue {
  let client: Promise<QueueClient> | undefined;
  const open = async (): Promise<QueueClient> => {
    const [{ QueueServiceClient }, identity] = await Promise.all([
      import('@azure/storage-queue'),
      credential(),
    ]);
    const service = new QueueServiceClient(queueServiceUri, identity, {
      retryOptions: { maxTries: 2, tryTimeoutInMs: 10_000 },
    });
    return service.getQueueClient(reconcileQueue);
  };
  return {
    send: async (request, delayInMs = 0) => {
      try {
        client ??= open();
        const queue = await client;
        const text = JSON.stringify({ format: 1, postponed: 0, ...request });
        await queue.sendMessage(Buffer.from(text).toString('base64'), {
          visibilityTimeout: Math.min(Math.ceil(delayInMs / 1_000), longestDelayInSeconds),
          messageTimeToLive: -1,
        });
      } catch (error) {
        client = undefined;
        throw toStorageError(error, 'put a message on the queue');
      }
    },
  };
}
