import { TableClient } from '@azure/data-tables';
import { credentialOf } from '../../sandbox/deploy.ts';
import { openChainReader } from '../../shared/ledger/chain-reader.ts';
import type { GuardWorld } from './guard-world.ts';

/** Reads the ledger of a world as people's lists do. */
export function readerOf({ bed: { azure, storage } }: GuardWorld) {
  const table = new TableClient(storage.urls.tables, 'ledger', credentialOf(azure, azure.operator));
  return openChainReader({
    table,
    bodies: { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) },
  });
}
