import type { Row, StorageTable } from '../../shared/ledger/table.ts';
import { connectionReset } from './memory-table.ts';

export type TableCall =
  'getEntity' | 'listEntities' | 'submitTransaction' | 'createEntity' | 'updateEntity' | 'deleteEntity';

/** What a test does to a call: throws before it takes effect, or after, or lets it be. */
export interface Disturbance {
  before?(call: TableCall, argument: unknown): Promise<void> | void;
  after?(call: TableCall): Promise<void> | void;
  /** The connection breaks now, and the call takes effect this many turns later. */
  late?(call: TableCall): number | undefined;
}

/** The same table, with its calls noted in `calls` and disturbed. */
export function disturbed(
  table: StorageTable,
  calls: TableCall[],
  disturbance: Disturbance = {},
): StorageTable {
  const call = async <T>(name: TableCall, run: () => Promise<T>, argument?: unknown): Promise<T> => {
    calls.push(name);
    await disturbance.before?.(name, argument);
    const turns = disturbance.late?.(name);
    if (turns !== undefined) {
      void afterTurns(turns)
        .then(run)
        .catch(() => undefined);
      throw connectionReset();
    }
    const result = await run();
    await disturbance.after?.(name);
    return result;
  };
  return {
    createTable: () => table.createTable(),
    getEntity: (...args) => call('getEntity', () => table.getEntity(...args)),
    listEntities: (options) => listed(call('listEntities', () => collect(table.listEntities(options)))),
    submitTransaction: (actions) =>
      call('submitTransaction', () => table.submitTransaction(actions), actions),
    createEntity: (row) => call('createEntity', () => table.createEntity(row)),
    updateEntity: (...args) => call('updateEntity', () => table.updateEntity(...args)),
    deleteEntity: (...args) => call('deleteEntity', () => table.deleteEntity(...args)),
  };
}

async function* listed(rows: Promise<Row[]>): AsyncGenerator<Row> {
  yield* await rows;
}

async function afterTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** All rows of a query. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) {
    collected.push(item);
  }
  return collected;
}
