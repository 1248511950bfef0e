import { randomUUID } from 'node:crypto';
import { TableClient } from '@azure/data-tables';
import { FaultRegistry } from '../../sandbox/faults.ts';
import { startStorage } from '../../sandbox/storage/storage.ts';
import { tableClientOptions } from '../../shared/ledger/storage-clients.ts';
import { tokenOf } from '../sandbox/harness/token.ts';
import { trustedTls } from '../sandbox/harness/trusted-tls.ts';

const worker = '11111111-1111-1111-1111-111111111111';

export interface AzuriteTables {
  readonly faults: FaultRegistry;
  readonly urls: Readonly<Record<'blobs' | 'queues' | 'tables', string>>;
  /** PEM file of the authority, for processes that are started. */
  readonly caFile: string;
  /** Of one who may use tables and blobs. */
  readonly credential: ReturnType<typeof tokenOf>;
  /** A new table of a random name. */
  create(timeoutInMs?: number): Promise<TableClient>;
  stop(): Promise<void>;
}

/** Azurite over TLS behind the sandbox's proxy, reached with tokens as in production. */
export async function startAzuriteTables(): Promise<AzuriteTables> {
  const faults = new FaultRegistry();
  const tls = await trustedTls();
  const storage = await startStorage({
    tls,
    faults,
    principals: { tables: [worker], blobs: [worker] },
  });
  const credential = tokenOf(worker);
  return {
    faults,
    urls: storage.urls,
    caFile: tls.caFile,
    credential,
    async create(timeoutInMs) {
      const name = `t${randomUUID().replaceAll('-', '')}`;
      const table = new TableClient(storage.urls.tables, name, credential, tableClientOptions(timeoutInMs));
      await table.createTable();
      return table;
    },
    stop: () => storage.stop(),
  };
}
