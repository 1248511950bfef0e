import { TableClient } from '@azure/data-tables';
import { credentialOf } from '../../sandbox/deploy.ts';
import type { JsonObject } from '../../shared/contract/json.ts';
import { joinText, splitText } from '../../shared/ledger/text-properties.ts';
import type { TestBed } from './test-bed.ts';

type Row = Record<string, unknown> & { partitionKey: string; rowKey: string };

/** What somebody who can write our tables, and cannot sign, does to them. */
export class TableWriter {
  readonly #table: TableClient;

  constructor({ azure, storage }: TestBed, name: 'ledger' | 'work') {
    this.#table = new TableClient(storage.urls.tables, name, credentialOf(azure, azure.operator));
  }

  /** Rows of a partition whose keys begin so. */
  async rows(partition: string, prefix: string): Promise<Row[]> {
    const rows: Row[] = [];
    const filter = `PartitionKey eq '${partition}' and RowKey ge '${prefix}' and RowKey lt '${prefix}~'`;
    for await (const row of this.#table.listEntities({ queryOptions: { filter } })) {
      rows.push(row as Row);
    }
    return rows;
  }

  /** Writes a row over what is there. */
  async put(row: Row): Promise<void> {
    await this.#table.upsertEntity(row, 'Replace');
  }

  async drop(partition: string, row: string): Promise<void> {
    for (const { rowKey } of await this.rows(partition, row)) {
      await this.#table.deleteEntity(partition, rowKey);
    }
  }

  /** Changes the JSON that a row keeps in numbered properties. */
  async alter(row: Row, property: string, change: (data: JsonObject) => JsonObject): Promise<void> {
    const data = JSON.parse(joinText(row, property) ?? '{}') as JsonObject;
    const others = Object.fromEntries(
      Object.entries(row).filter(([name]) => !new RegExp(`^${property}\\d*$`).test(name) && name !== 'etag'),
    ) as Row;
    await this.put({ ...others, ...splitText(property, JSON.stringify(change(data))) });
  }

  /** Changes the data of the cases of a chain that are open, or were closed. */
  async alterCases(
    chain: string,
    state: 'open' | 'closed',
    change: (data: JsonObject) => JsonObject,
  ): Promise<number> {
    const rows = await this.rows(chain, `${state}!`);
    for (const row of rows) {
      await this.alter(row, 'data', change);
    }
    return rows.length;
  }
}
