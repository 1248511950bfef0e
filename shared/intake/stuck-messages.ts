import type { QueueClient } from '@azure/storage-queue';
import type { StorageCredential } from '../azure/clients.ts';
import { storageStatus, toStorageError } from '../storage-errors.ts';
import { reconcileQueue } from '../work/queue.ts';

/**
 * The queue to which the host moves a message that it gives up. A function empties it, except for messages that the
 * host cannot decode.
 */
export const poisonQueue = `${reconcileQueue}-poison`;

/**
 * Number of messages in the poison queue, hidden ones included; 0 if the queue was never needed. A message that is
 * not base64 stays there without ever reaching a function. The SDK is loaded with the first call.
 *
 * @throws RemediationError `storage-unavailable`, `throttled`, `access-denied`, `identity-unavailable`
 */
export function countStuckMessages(
  queueServiceUri: string,
  credential: StorageCredential,
): () => Promise<number> {
  let client: Promise<QueueClient> | undefined;
  const open = async (): Promise<QueueClient> => {
    const [{ QueueServiceClient }, identity] = await Promise.all([
      import('@azure/storage-queue'),
      credential(),
    ]);
    const retryOptions = { maxTries: 2, tryTimeoutInMs: 10_000 };
    return new QueueServiceClient(queueServiceUri, identity, { retryOptions }).getQueueClient(poisonQueue);
  };
  return async () => {
    try {
      client ??= open();
      const { approximateMessagesCount = 0 } = await (await client).getProperties();
      return approximateMessagesCount;
    } catch (error) {
      if (storageStatus(error) === 404) {
        return 0;
      }
      client = undefined;
      throw toStorageError(error, `count the messages of "${poisonQueue}"`);
    }
  };
}
