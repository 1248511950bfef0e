import type { BlockBlobClient } from '@azure/storage-blob';
import { RemediationError } from '../errors.ts';
import { boundedText } from '../ledger/bounded-text.ts';
import { storageStatus, toStorageError } from '../storage-errors.ts';

/** The blob of the kill switch, for turning it. */
export interface SwitchFile {
  /** Version of the blob, or undefined if there is no blob. @throws RemediationError */
  version(): Promise<string | undefined>;
  /** Overwrites the blob, whatever its version. @throws RemediationError */
  write(content: string): Promise<void>;
  /** Writes if the blob still has that version; returns false otherwise. @throws RemediationError */
  writeOver(version: string | undefined, content: string): Promise<boolean>;
}

const options = { blobHTTPHeaders: { blobContentType: 'application/json' } };

/** Versions are ETags. */
export function openSwitchFile(blob: BlockBlobClient): SwitchFile {
  const upload = (content: string, conditions: { ifMatch?: string; ifNoneMatch?: string } = {}) =>
    blob.upload(content, Buffer.byteLength(content), { ...options, conditions });
  return {
    async version() {
      try {
        return (await blob.getProperties()).etag;
      } catch (error) {
        if (storageStatus(error) === 404) {
          return undefined;
        }
        throw toStorageError(error, 'read the kill switch');
      }
    },
    async write(content) {
      try {
        await upload(content);
      } catch (error) {
        throw toStorageError(error, 'write the kill switch');
      }
    },
    async writeOver(version, content) {
      try {
        await upload(content, version === undefined ? { ifNoneMatch: '*' } : { ifMatch: version });
        return true;
      } catch (error) {
        const status = storageStatus(error);
        if (status !== 412 && status !== 409) {
          throw toStorageError(error, 'write the kill switch');
        }
        // The SDK repeats a write whose answer was lost, and then meets its own write.
        return await holds(blob, content);
      }
    },
  };
}

/** True if a blob has that content. A longer blob is not read to its end. */
async function holds(blob: BlockBlobClient, content: string): Promise<boolean> {
  try {
    return (await boundedText(blob, Buffer.byteLength(content))) === content;
  } catch (error) {
    if (error instanceof RemediationError && error.code === 'malformed-input') {
      return false;
    }
    throw toStorageError(error, 'read the kill switch');
  }
}
