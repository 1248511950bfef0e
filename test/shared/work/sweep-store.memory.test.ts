import { MemoryTable } from '../../support/memory-table.ts';
import { sweepStoreContract } from './sweep-store-contract.ts';

sweepStoreContract('a table in memory', () => Promise.resolve(new MemoryTable().client()));
