import { afterAll, beforeAll } from 'vitest';
import { type AzuriteTables, startAzuriteTables } from '../../support/azurite-table.ts';
import { sweepStoreContract } from './sweep-store-contract.ts';

let tables: AzuriteTables;
beforeAll(async () => {
  tables = await startAzuriteTables();
});
afterAll(() => tables.stop());

sweepStoreContract('Azurite', () => tables.create());
