import { toStorageError } from '../storage-errors.ts';
import type { BodyStore } from './body-store.ts';
import type { NewRow, StorageTable, TransactionAction } from './table.ts';

const mostRows = 100;
/** A transaction holds 4 MiB; the distance is as large as in a commit. */
const mostBytes = 3 * 1024 * 1024;

/** Creates rows of one chain, many at a time, in order. Only for a chain without another writer. */
export class RowWriter {
  readonly #table: StorageTable;
  readonly #chain: string;
  readonly bodies: BodyStore;
  #rows: NewRow[] = [];
  #bytes = 0;

  constructor(table: StorageTable, bodies: BodyStore, chain: string) {
    this.#table = table;
    this.bodies = bodies;
    this.#chain = chain;
  }

  async create(row: NewRow): Promise<void> {
    const bytes = Buffer.byteLength(JSON.stringify(row)) + 1024;
    if (this.#rows.length === mostRows || this.#bytes + bytes > mostBytes) {
      await this.flush();
    }
    this.#rows.push(row);
    this.#bytes += bytes;
  }

  /** @throws RemediationError if the rows could not be written, or existed */
  async flush(): Promise<void> {
    if (this.#rows.length === 0) {
      return;
    }
    try {
      await this.#table.submitTransaction(this.#rows.map((row): TransactionAction => ['create', row]));
    } catch (error) {
      throw toStorageError(error, `rebuild chain "${this.#chain}"`);
    }
    this.#rows = [];
    this.#bytes = 0;
  }
}
