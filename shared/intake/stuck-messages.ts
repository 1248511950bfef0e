import type { QueueServiceClient } from '@azure/storage-queue';
import type { StorageCredential } from '../azure/clients.ts';
import { storageStatus, toStorageError } from '../storage-errors.ts';
import { inboxQueue, reconcileQueue } from '../work/queue.ts';

/**
 * The queues to which the host moves a message that it gives up, by the queue that it came from. A function empties each,
 * except for messages that the host cannot decode.
 */
export const poisonQueues = {
  [reconcileQueue]: `${reconcileQueue}-poison`,
  [inboxQueue]: `${inboxQueue}-poison`,
} as const;

/**
 * Number of messages in the poison queues, hidden ones included; a queue that was never needed has none. A message that is
 * not base64 stays there without ever reaching a function. The SDK is loaded with the first call.
 *
 * @throws RemediationError `storage-unavailable`, `throttled`, `access-denied`, `identity-unavailable`
 */
export function countStuckMessages(
  queueServiceUri: string,
  credential: StorageCredential,
): () => Promise<number> {
  let service: Promise<QueueServiceClient> | undefined;
  const open = async (): Promise<QueueServiceClient> => {
    const [{ QueueServiceClient: Client }, identity] = await Promise.all([
      import('@azure/storage-queue'),
      credential(),
    ]);
    const retryOptions = { maxTries: 2, tryTimeoutInMs: 10_000 };
    return new Client(queueServiceUri, identity, { retryOptions });
  };
  const countIn = async (name: string): Promise<number> => {
    try {
      service ??= open();
      const queue = (await service).getQueueClient(name);
      const { approximateMessagesCount = 0 } = await queue.getProperties();
      return approximateMessagesCount;
    } catch (error) {
      if (storageStatus(error) === 404) {
        return 0;
      }
      service = undefined;
      throw toStorageError(error, `count the messages of "${name}"`);
    }
  };
  return async () => {
    const counts = await Promise.all(Object.values(poisonQueues).map(countIn));
    return counts.reduce((sum, count) => sum + count, 0);
  };
}
