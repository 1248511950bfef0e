import type { ContainerClient } from '@azure/storage-blob';
import { storageStatus, toStorageError } from '../storage-errors.ts';
import { boundedText } from './bounded-text.ts';
import type { ErasableBodies } from './erase-body.ts';

/** Of a blob that lies there under another size nobody can have recorded the hash. */
const mostBytesOfBody = 32 * 1024 * 1024;

/** Bodies as blobs, each named by its hash and written once. */
export function openBodyBlobs(container: ContainerClient): ErasableBodies {
  return {
    async putBody(hash, text) {
      try {
        await container.getBlockBlobClient(hash).upload(text, Buffer.byteLength(text), {
          blobHTTPHeaders: { blobContentType: 'application/json' },
          conditions: { ifNoneMatch: '*' },
        });
      } catch (error) {
        // 409: it is there. Under an immutability policy nothing else could be answered.
        if (storageStatus(error) !== 409) {
          throw toStorageError(error, `store body "${hash}"`);
        }
      }
    },
    async getBody(hash) {
      try {
        return await boundedText(container.getBlockBlobClient(hash), mostBytesOfBody);
      } catch (error) {
        if (storageStatus(error) === 404) {
          return undefined;
        }
        throw toStorageError(error, `read body "${hash}"`);
      }
    },
    async deleteBody(hash) {
      try {
        await container.getBlockBlobClient(hash).deleteIfExists();
      } catch (error) {
        throw toStorageError(error, `delete body "${hash}"`);
      }
    },
  };
}
