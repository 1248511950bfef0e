import type { BlockBlobClient } from '@azure/storage-blob';
import { RemediationError } from '../errors.ts';
import { boundedText } from '../ledger/bounded-text.ts';
import { storageStatus, toStorageError } from '../storage-errors.ts';

/** The blob of the kill switch, for whoever turns it. */
export interface SwitchFile {
  /** Names what stands there now; undefined where nothing does. @throws RemediationError */
  version(): Promise<string | undefined>;
  /** Writes, whatever stands there. @throws RemediationError */
  write(content: string): Promise<void>;
  /** Writes if that version still stands there; false when something else does by now. @throws RemediationError */
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
        // The SDK repeats a write whose answer was lost, and then meets its own.
        return await holds(blob, content);
      }
    },
  };
}

/** Whether a blob has that content; one with more bytes is not read. */
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
