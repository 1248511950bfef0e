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

/** Puts what people decide into the inbox, from which the worker records it. */
export interface Inbox {
  /** @throws RemediationError `storage-unavailable`, `throttled`, `identity-unavailable` */
  hand(message: object): Promise<void>;
}

export const inboxQueue = 'inbox';

/** The queue of the worker. The SDK is loaded with the first message. */
export function createWorkQueue(queueServiceUri: string, credential: StorageCredential): WorkQueue {
  const send = openQueue(queueServiceUri, reconcileQueue, credential);
  return {
    send: (request, delayInMs = 0) => send({ format: 1, postponed: 0, ...request }, delayInMs),
  };
}

/** The inbox. The web app needs the right to add messages to this queue, and none to read or delete them. */
export function createInbox(queueServiceUri: string, credential: StorageCredential): Inbox {
  const send = openQueue(queueServiceUri, inboxQueue, credential);
  return { hand: (message) => send(message, 0) };
}

function openQueue(
  queueServiceUri: string,
  name: string,
  credential: StorageCredential,
): (message: object, delayInMs: number) => Promise<void> {
  let client: Promise<QueueClient> | undefined;
  const open = async (): Promise<QueueClient> => {
    const [{ QueueServiceClient }, identity] = await Promise.all([
      import('@azure/storage-queue'),
      credential(),
    ]);
    const service = new QueueServiceClient(queueServiceUri, identity, {
      retryOptions: { maxTries: 2, tryTimeoutInMs: 10_000 },
    });
    return service.getQueueClient(name);
  };
  return async (message, delayInMs) => {
    try {
      client ??= open();
      const queue = await client;
      await queue.sendMessage(Buffer.from(JSON.stringify(message)).toString('base64'), {
        visibilityTimeout: Math.min(Math.ceil(delayInMs / 1_000), longestDelayInSeconds),
        messageTimeToLive: -1,
      });
    } catch (error) {
      client = undefined;
      throw toStorageError(error, `put a message on the queue "${name}"`);
    }
  };
}
