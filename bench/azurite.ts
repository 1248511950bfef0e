import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { TableClient } from '@azure/data-tables';
import { startAzurite } from '../sandbox/storage/azurite.ts';
import { createTls } from '../sandbox/tls.ts';
import { tableClientOptions } from '../shared/ledger/storage-clients.ts';
import { tokenOf } from '../test/sandbox/harness/token.ts';

export interface BenchTables {
  /** A new, empty table. */
  create(): Promise<TableClient>;
  stop(): Promise<void>;
}

/** Azurite over TLS, without the sandbox's proxy: the bench measures the client and the table only. */
export async function startBenchTables(): Promise<BenchTables> {
  const tls = await createTls(mkdtempSync(join(tmpdir(), 'leakstop-bench-')));
  setDefaultCACertificates([...getCACertificates('default'), tls.ca]);
  const account = 'leakstopbench';
  const azurite = await startAzurite({ accounts: [account], certFile: tls.certFile, keyFile: tls.keyFile });
  return {
    async create() {
      const name = `ledger${randomBytes(8).toString('hex')}`;
      const url = `https://localhost:${azurite.ports.tables}/${account}`;
      const table = new TableClient(url, name, tokenOf('bench'), tableClientOptions());
      await table.createTable();
      return table;
    },
    stop: () => azurite.stop(),
  };
}
