import { MemoryTable } from '../../support/memory-table.ts';
import { unreadableEventsContract } from './unreadable-events-contract.ts';

unreadableEventsContract('a table in memory', () => Promise.resolve(new MemoryTable().client()));
