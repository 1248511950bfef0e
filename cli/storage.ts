import { openBodyBlobs } from '../shared/ledger/body-blobs.ts';
import type { LedgerStore } from '../shared/ledger/export/read-entries.ts';
import {
  blobClientOptions,
  bodyContainer,
  ledgerTable,
  workTable,
} from '../shared/ledger/storage-clients.ts';
import { type NameStore, openNameStore } from '../shared/work/name-store.ts';

/** Service endpoints of the storage account that holds the ledger. */
export interface StorageEndpoints {
  readonly tables: string;
  readonly blobs: string;
}

/** Storage that the commands read without the service. */
export interface ReadableStorage extends LedgerStore {
  /** Display names of subscriptions; absent if nothing keeps them. */
  readonly names?: Pick<NameStore, 'read'>;
}

/** Opens the ledger for reading. */
export type OpenStorage = (endpoints: StorageEndpoints) => Promise<ReadableStorage>;

/**
 * Opens the ledger with the login of whoever runs the command: Azure CLI, environment, or managed identity. The SDKs load
 * here.
 */
export const openStorage: OpenStorage = async ({ tables, blobs }) => {
  const [{ DefaultAzureCredential }, { TableClient }, { ContainerClient }] = await Promise.all([
    import('@azure/identity'),
    import('@azure/data-tables'),
    import('@azure/storage-blob'),
  ]);
  const credential = new DefaultAzureCredential();
  return {
    table: new TableClient(tables, ledgerTable, credential),
    names: openNameStore(new TableClient(tables, workTable, credential)),
    bodies: openBodyBlobs(new ContainerClient(`${blobs}/${bodyContainer}`, credential, blobClientOptions())),
  };
};
