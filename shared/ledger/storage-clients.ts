import type { TableServiceClientOptions } from '@azure/data-tables';
import type { StoragePipelineOptions } from '@azure/storage-blob';
import { toStorageError } from '../storage-errors.ts';
import type { StorageTable } from './table.ts';

/** Names of the tables and of the container for large bodies. */
export const ledgerTable = 'ledger';
export const workTable = 'work';
export const bodyContainer = 'ledger-bodies';
/** Container of the files that operators write and the service only reads. */
export const policyContainer = 'policy';
/** Container of the kill switch alone: the web app turns it, and writes no policy. */
export const switchContainer = 'kill-switch';

/** Container of the wrapped data keys, which the app that carries out changes alone may write. */
export const dataKeyContainer = 'data-keys';

const requestTimeoutInMs = 10_000;

/**
 * Options for `new TableClient(...)`. The SDK's retries are off: after a lost answer the SDK would meet its own transaction
 * and report a conflict, and the ledger repeats on its own whatever may be repeated.
 */
export function tableClientOptions(timeoutInMs = requestTimeoutInMs): TableServiceClientOptions {
  return {
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [
      {
        position: 'perCall',
        policy: {
          name: 'leakstopTimeout',
          sendRequest: (request, next) => {
            request.timeout = timeoutInMs;
            return next(request);
          },
        },
      },
    ],
  };
}

/** Options for `new ContainerClient(...)`. A body is named by its hash, so sending a body again is harmless. */
export function blobClientOptions(timeoutInMs = requestTimeoutInMs): StoragePipelineOptions {
  return { retryOptions: { maxTries: 3, tryTimeoutInMs: timeoutInMs } };
}

/** Creates missing tables. For installation and tests; a running service may lack the right to create tables. */
export async function ensureTables(storage: {
  readonly ledger: StorageTable;
  readonly work: StorageTable;
  readonly bodies?: { createIfNotExists(): Promise<unknown> };
}): Promise<void> {
  try {
    await Promise.all([
      storage.ledger.createTable(),
      storage.work.createTable(),
      storage.bodies?.createIfNotExists(),
    ]);
  } catch (error) {
    throw toStorageError(error, 'create the tables');
  }
}
