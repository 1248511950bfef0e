import { afterAll, beforeAll } from 'vitest';
import { type AzuriteTables, startAzuriteTables } from '../../support/azurite-table.ts';
import { unreadableEventsContract } from './unreadable-events-contract.ts';

let tables: AzuriteTables;
beforeAll(async () => {
  tables = await startAzuriteTables();
});
afterAll(() => tables.stop());

unreadableEventsContract('Azurite', () => tables.create());
