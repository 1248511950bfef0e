import { afterAll, beforeAll } from 'vitest';
import { type AzuriteTables, startAzuriteTables } from '../../support/azurite-table.ts';
import { workContract } from './work-contract.ts';

let tables: AzuriteTables;
beforeAll(async () => {
  tables = await startAzuriteTables();
});
afterAll(() => tables.stop());

workContract('Azurite', () => tables.create());
