import { randomUUID } from 'node:crypto';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll } from 'vitest';
import { FaultRegistry } from '../../../sandbox/faults.ts';
import { startStorage, type Storage } from '../../../sandbox/storage/storage.ts';
import { tableClientOptions } from '../../../shared/ledger/storage-clients.ts';
import { tokenOf } from '../../sandbox/harness/token.ts';
import { trustedTls } from '../../sandbox/harness/trusted-tls.ts';
import { ledgerContract } from './ledger-contract.ts';

const worker = '11111111-1111-1111-1111-111111111111';
let storage: Storage;
beforeAll(async () => {
  storage = await startStorage({
    tls: await trustedTls(),
    faults: new FaultRegistry(),
    principals: { tables: [worker] },
  });
});
afterAll(() => storage.stop());

ledgerContract('Azurite', async () => {
  const name = `ledger${randomUUID().replaceAll('-', '')}`;
  const table = new TableClient(storage.urls.tables, name, tokenOf(worker), tableClientOptions());
  await table.createTable();
  return table;
});
