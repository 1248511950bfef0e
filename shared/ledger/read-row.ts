import { storageStatus, toStorageError } from '../storage-errors.ts';
import type { Row, StorageTable } from './table.ts';

/** The row; undefined if the table has none. */
export async function readRow(
  table: StorageTable,
  partitionKey: string,
  rowKey: string,
): Promise<Row | undefined> {
  try {
    return await table.getEntity(partitionKey, rowKey);
  } catch (error) {
    const translated = toStorageError(error, `read row "${rowKey}" of "${partitionKey}"`);
    if (storageStatus(error) === 404 && translated.code === 'resource-gone') {
      return undefined;
    }
    throw translated;
  }
}
