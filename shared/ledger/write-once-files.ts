import type { ContainerClient } from '@azure/storage-blob';
import { storageStatus, toStorageError } from '../storage-errors.ts';
import { boundedText } from './bounded-text.ts';

/** Files that are written once. Nothing here can overwrite or delete one, whatever the container would allow. */
export interface WriteOnceFiles {
  /** False when something of that name is there already. @throws RemediationError */
  create(name: string, content: string): Promise<boolean>;
  /**
   * Undefined when there is none.
   * @throws RemediationError `malformed-input` when it has more bytes than are taken, {@link mostBytesOfFile} by default
   */
  read(name: string, mostBytes?: number): Promise<string | undefined>;
  /** Names that begin so, sorted. @throws RemediationError */
  names(prefix: string): AsyncIterable<string>;
}

/** A segment has at most 8 Mi characters and one entry more; whatever is larger than this none of ours wrote. */
export const mostBytesOfFile = 64 * 1024 * 1024;

/** Name of the container. */
export const checkpointContainer = 'checkpoints';

/** Files as blobs. Creating is conditional, so that two writers can never both believe that a name is theirs. */
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
        if (storageStatus(error) === 409 && isThere(error)) {
          return false;
        }
        throw toStorageError(error, `write "${name}"`);
      }
    },
    async read(name, mostBytes = mostBytesOfFile) {
      try {
        return await boundedText(container.getBlockBlobClient(name), mostBytes);
      } catch (error) {
        // A container that is missing is an outage, and no proof that the file never was.
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

/** A policy of immutability refuses with a code of its own what would overwrite. */
function isThere(error: unknown): boolean {
  return ['BlobAlreadyExists', 'BlobImmutableDueToPolicy'].includes(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
