import { afterAll, beforeAll } from 'vitest';
import { type AzuriteTables, startAzuriteTables } from '../../support/azurite-table.ts';
import { noticeStoreContract } from './notice-store-contract.ts';

let tables: AzuriteTables;
beforeAll(async () => {
  tables = await startAzuriteTables();
});
afterAll(() => tables.stop());

noticeStoreContract('Azurite', () => tables.create());
