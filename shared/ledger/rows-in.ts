import { toStorageError } from '../storage-errors.ts';
import type { KeyRange } from './format/keys.ts';
import type { Row, StorageTable } from './table.ts';

/** Rows of one range of a chain, in the order of their keys. */
export async function* rowsIn(
  table: StorageTable,
  chain: string,
  range: KeyRange,
  condition?: string,
): AsyncGenerator<Row> {
  const inRange = `PartitionKey eq '${chain}' and RowKey ge '${range.from}' and RowKey lt '${range.before}'`;
  const filter = condition === undefined ? inRange : `${inRange} and ${condition}`;
  try {
    yield* table.listEntities({ queryOptions: { filter } });
  } catch (error) {
    throw toStorageError(error, `read chain "${chain}"`);
  }
}
