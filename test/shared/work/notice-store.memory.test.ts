import { MemoryTable } from '../../support/memory-table.ts';
import { noticeStoreContract } from './notice-store-contract.ts';

noticeStoreContract('a table in memory', () => Promise.resolve(new MemoryTable().client()));
