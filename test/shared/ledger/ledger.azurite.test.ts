import { afterAll, beforeAll } from 'vitest';
import { type AzuriteTables, startAzuriteTables } from '../../support/azurite-table.ts';
import { ledgerContract } from './ledger-contract.ts';

let tables: AzuriteTables;
beforeAll(async () => {
  tables = await startAzuriteTables();
});
afterAll(() => tables.stop());

ledgerContract('Azurite', () => tables.create());
