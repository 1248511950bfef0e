import { TableClient } from '@azure/data-tables';
import { credentialOf } from '../../../sandbox/deploy.ts';
import type { GuardWorld } from '../../support/guard-world.ts';

export function recordsOf({ bed }: GuardWorld) {
  const { azure, storage } = bed as never as {
    azure: { operator: unknown };
    storage: { urls: { tables: string } };
  };
  const table = new TableClient(
    storage.urls.tables,
    'ledger',
    credentialOf(azure as never, azure.operator as never),
  );
  return { table, bodies: { read: () => Promise.resolve(undefined) } } as never;
}
