import type { ContainerClient } from '@azure/storage-blob';
import { storageStatus, toStorageError } from '../storage-errors.ts';
import { boundedText } from './bounded-text.ts';
import type { ErasableBodies } from './erase-body.ts';
import { isThere } from './write-once-files.ts';

/** Largest blob that is read. Nobody can have recorded the hash of a larger one. */
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
        // 409: the blob exists. Under an immutability policy Azure has no other answer for an existing blob.
        if (storageStatus(error) !== 409 && !isThere(error)) {
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
