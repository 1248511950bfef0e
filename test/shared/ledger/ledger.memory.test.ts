import { MemoryTable } from '../../support/memory-table.ts';
import { ledgerContract } from './ledger-contract.ts';

ledgerContract('a table in memory', () => Promise.resolve(new MemoryTable().client()));
