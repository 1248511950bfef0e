import { MemoryTable } from '../../support/memory-table.ts';
import { nameStoreContract } from './name-store-contract.ts';

nameStoreContract('a table in memory', () => Promise.resolve(new MemoryTable().client()));
