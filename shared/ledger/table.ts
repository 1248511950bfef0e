import type { TableEntity, TransactionAction } from '@azure/data-tables';

/** A row as Table Storage returns it. */
export interface Row extends Record<string, unknown> {
  readonly partitionKey?: string;
  readonly rowKey?: string;
  readonly etag?: string;
}

/** A row to be written. */
export type NewRow = TableEntity<Record<string, string | number | boolean>>;

export interface RowQuery {
  readonly queryOptions?: { readonly filter?: string; readonly select?: string[] };
}

/** The ETag of a written row, if the answer names it. */
export interface WrittenRow {
  readonly etag?: string | undefined;
}

/** The methods of a `TableClient` that the ledger and the work store use. */
export interface StorageTable {
  createTable(): Promise<void>;
  getEntity(partitionKey: string, rowKey: string, options?: RowQuery): Promise<Row>;
  listEntities(options?: RowQuery): AsyncIterable<Row>;
  submitTransaction(
    actions: TransactionAction[],
  ): Promise<{ readonly subResponses: readonly { readonly etag?: string }[] }>;
  createEntity(row: NewRow): Promise<WrittenRow>;
  updateEntity(row: NewRow, mode: 'Replace', options: { readonly etag: string }): Promise<WrittenRow>;
  deleteEntity(partitionKey: string, rowKey: string, options: { readonly etag: string }): Promise<unknown>;
}

export type { TransactionAction };
