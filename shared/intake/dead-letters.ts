import type { ContainerClient } from '@azure/storage-blob';
import type { StorageCredential } from '../azure/clients.ts';
import { toStorageError } from '../storage-errors.ts';

/** Events that Event Grid could not deliver, one blob at a time. */
export interface DeadLetters {
  /** Names and texts, in no order. @throws RemediationError `storage-unavailable`, ... */
  list(): AsyncIterable<{ readonly name: string; readonly text: string }>;
  /** Removes a dead letter, once all its events are on the queue. */
  remove(name: string): Promise<void>;
  /** Moves an unreadable dead letter to where no later run looks, for a person. */
  setAside(name: string, text: string): Promise<void>;
}

export const deadLetterContainer = 'dead-letters';
const unreadablePrefix = 'unreadable/';

/** The dead letters in the blob container to which the event subscriptions write them. */
export function openDeadLetters(blobServiceUri: string, credential: StorageCredential): DeadLetters {
  const open = async (): Promise<ContainerClient> => {
    const [{ BlobServiceClient }, identity] = await Promise.all([
      import('@azure/storage-blob'),
      credential(),
    ]);
    return new BlobServiceClient(blobServiceUri, identity).getContainerClient(deadLetterContainer);
  };
  let container: Promise<ContainerClient> | undefined;
  const withContainer = async <T>(what: string, act: (client: ContainerClient) => Promise<T>): Promise<T> => {
    try {
      container ??= open();
      return await act(await container);
    } catch (error) {
      container = undefined;
      throw toStorageError(error, what);
    }
  };
  return {
    list: async function* () {
      const names = await withContainer('list dead letters', async (client) => {
        const found: string[] = [];
        for await (const blob of client.listBlobsFlat()) {
          if (!blob.name.startsWith(unreadablePrefix)) {
            found.push(blob.name);
          }
        }
        return found;
      });
      for (const name of names) {
        const text = await withContainer('read a dead letter', async (client) =>
          (await client.getBlobClient(name).downloadToBuffer()).toString('utf8'),
        );
        yield { name, text };
      }
    },
    remove: (name) =>
      withContainer('remove a dead letter', async (client) => {
        await client.getBlobClient(name).deleteIfExists();
      }),
    setAside: (name, text) =>
      withContainer('set a dead letter aside', async (client) => {
        await client.getBlockBlobClient(`${unreadablePrefix}${name}`).upload(text, Buffer.byteLength(text));
        await client.getBlobClient(name).deleteIfExists();
      }),
  };
}
