import type { ContainerClient } from '@azure/storage-blob';
import { storageStatus, toStorageError } from '../storage-errors.ts';
import { boundedText } from './bounded-text.ts';

/**
 * Files that are written once. This interface can neither overwrite nor delete a file, even if the container would allow
 * that.
 */
export interface WriteOnceFiles {
  /** False if a file of that name exists. @throws RemediationError */
  create(name: string, content: string): Promise<boolean>;
  /**
   * The file's content; undefined if the file does not exist.
   * @throws RemediationError `malformed-input` for more than `mostBytes` bytes, {@link mostBytesOfFile} by default
   */
  read(name: string, mostBytes?: number): Promise<string | undefined>;
  /** Names with that prefix, sorted. @throws RemediationError */
  names(prefix: string): AsyncIterable<string>;
}

/** A segment has at most 8 Mi characters and one entry more. None of our writers makes a larger file than this. */
export const mostBytesOfFile = 64 * 1024 * 1024;

export const checkpointContainer = 'checkpoints';

/** Files as blobs. Creation is conditional, so that two writers can never both believe that a name is theirs. */
export function openWriteOnceFiles(container: ContainerClient): WriteOnceFiles {
  return {
    async create(name, content) {
      try {
        await container.getBlockBlobClient(name).upload(content, Buffer.byteLength(content), {
          blobHTTPHeaders: {
            blobContentType: name.endsWith('.json') ? 'application/json' : 'application/x-ndjson',
          },
          conditions: { ifNoneMatch: '*' },
        });
        return true;
      } catch (error) {
        if (isThere(error)) {
          return false;
        }
        throw toStorageError(error, `write "${name}"`);
      }
    },
    async read(name, mostBytes = mostBytesOfFile) {
      try {
        return await boundedText(container.getBlockBlobClient(name), mostBytes);
      } catch (error) {
        // A missing container is an outage, and does not prove that the file never existed.
        if (codeOf(error) === 'BlobNotFound') {
          return undefined;
        }
        throw toStorageError(error, `read "${name}"`);
      }
    },
    async *names(prefix) {
      try {
        for await (const { name } of container.listBlobsFlat({ prefix })) {
          yield name;
        }
      } catch (error) {
        throw toStorageError(error, `list "${prefix}"`);
      }
    },
  };
}

/**
 * True if a write was refused because the blob exists. An immutability policy has an error code of its own for that, and
 * so has an identity that may add blobs and replace none.
 */
export function isThere(error: unknown): boolean {
  const answers = ['409 BlobAlreadyExists', '409 BlobImmutableDueToPolicy', '403 UnauthorizedBlobOverwrite'];
  return answers.includes(`${storageStatus(error)} ${codeOf(error)}`);
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
