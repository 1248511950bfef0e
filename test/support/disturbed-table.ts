import type { Row, StorageTable } from '../../shared/ledger/table.ts';

export type TableCall =
  'getEntity' | 'listEntities' | 'submitTransaction' | 'createEntity' | 'updateEntity' | 'deleteEntity';

/** What a test does to a call: throws before it takes effect, or after, or lets it be. */
export interface Disturbance {
  before?(call: TableCall): Promise<void> | void;
  after?(call: TableCall): Promise<void> | void;
}

/** The same table, with its calls noted in `calls` and disturbed. */
export function disturbed(
  table: StorageTable,
  calls: TableCall[],
  disturbance: Disturbance = {},
): StorageTable {
  const call = async <T>(name: TableCall, run: () => Promise<T>): Promise<T> => {
    calls.push(name);
    await disturbance.before?.(name);
    const result = await run();
    await disturbance.after?.(name);
    return result;
  };
  return {
    createTable: () => table.createTable(),
    getEntity: (...args) => call('getEntity', () => table.getEntity(...args)),
    listEntities: (options) => listed(call('listEntities', () => collect(table.listEntities(options)))),
    submitTransaction: (actions) => call('submitTransaction', () => table.submitTransaction(actions)),
    createEntity: (row) => call('createEntity', () => table.createEntity(row)),
    updateEntity: (...args) => call('updateEntity', () => table.updateEntity(...args)),
    deleteEntity: (...args) => call('deleteEntity', () => table.deleteEntity(...args)),
  };
}

async function* listed(rows: Promise<Row[]>): AsyncGenerator<Row> {
  yield* await rows;
}

/** All rows of a query. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) {
    collected.push(item);
  }
  return collected;
}
