import { z } from 'zod';
import { readRow } from '../ledger/read-row.ts';
import type { StorageTable } from '../ledger/table.ts';
import { joinText, splitText } from '../ledger/text-properties.ts';
import { toStorageError } from '../storage-errors.ts';
import { jsonOf } from '../text/json-text.ts';

/** Display names as Azure told them, by lower-case subscription id. */
const KeptNames = z.object({
  /** When Azure told them, ISO 8601. */
  readAt: z.string(),
  names: z.record(z.string(), z.string()),
});
export type KeptNames = z.infer<typeof KeptNames>;

/** Keeps the display names of subscriptions, for apps that cannot ask Azure. Whoever can write the table can write a name. */
export interface NameStore {
  /** Undefined where nothing was kept, or nothing that can be read. @throws RemediationError */
  read(): Promise<KeptNames | undefined>;
  /** @throws RemediationError, such as `resource-changed` when somebody else kept names at the same time */
  keep(kept: KeptNames): Promise<void>;
}

/** Lies beside the rows of roots, whose partitions have names of two digits. */
const keys = { partitionKey: 'subscriptions', rowKey: 'names' };

/** The store over the table `work`: one row for all subscriptions. */
export function openNameStore(table: StorageTable): NameStore {
  const find = () => readRow(table, keys.partitionKey, keys.rowKey);
  return {
    async read() {
      const row = await find();
      return row && KeptNames.safeParse(jsonOf(joinText(row, 'names'))).data;
    },
    async keep(kept) {
      const etag = (await find())?.etag;
      const row = { ...keys, ...splitText('names', JSON.stringify(kept)) };
      try {
        await (etag === undefined ? table.createEntity(row) : table.updateEntity(row, 'Replace', { etag }));
      } catch (error) {
        throw toStorageError(error, 'keep the names of subscriptions');
      }
    },
  };
}
