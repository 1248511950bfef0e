import { MemoryTable } from '../../support/memory-table.ts';
import { workContract } from './work-contract.ts';

workContract('a table in memory', () => Promise.resolve(new MemoryTable().client()));
