import type { StorageCredential } from '../azure/clients.ts';
import type { Clock } from '../clock.ts';
import { openBodyBlobs } from '../ledger/body-blobs.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openLedger } from '../ledger/open-ledger.ts';
import {
  blobClientOptions,
  bodyContainer,
  ledgerTable,
  tableClientOptions,
  workTable,
} from '../ledger/storage-clients.ts';
import type { StorageTable } from '../ledger/table.ts';
import { openWorkStore } from './open-work-store.ts';
import type { WorkStore } from './work.ts';
import type { WorkSettings } from './work-rules.ts';

/** Opens what we remember: the ledger and the work rows, in the tables of our own storage account. */
export async function openRecords(
  storage: { readonly tables: string; readonly blobs: string },
  credential: StorageCredential,
  clock: Clock,
  settings: Partial<WorkSettings> = { paceInMs: 1_000 },
): Promise<{ readonly ledger: Ledger; readonly work: WorkStore }> {
  const [{ TableClient }, { ContainerClient }, identity] = await Promise.all([
    import('@azure/data-tables'),
    import('@azure/storage-blob'),
    credential(),
  ]);
  const table = (name: string): StorageTable =>
    new TableClient(storage.tables, name, identity, tableClientOptions());
  const bodies = openBodyBlobs(
    new ContainerClient(`${storage.blobs}/${bodyContainer}`, identity, blobClientOptions()),
  );
  return {
    ledger: openLedger({ table: table(ledgerTable), bodies, clock }),
    work: openWorkStore({ table: table(workTable), clock, settings }),
  };
}
