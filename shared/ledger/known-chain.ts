import { storageStatus, toStorageError } from '../storage-errors.ts';
import { headKey, openKey } from './format/keys.ts';
import type { CaseRow, CaseUpdate } from './ledger.ts';
import type { PackedTransaction, ChainView } from './pack-units.ts';
import type { PreparedUnit } from './prepare.ts';
import { emptyHead, type Head, parseHead, readCase } from './rows.ts';
import type { Row, StorageTable } from './table.ts';

/** Rows kept in memory for each chain: those of the drifts that are worked on. */
const mostRows = 500;

export interface HeadAt {
  readonly head: Head;
  readonly etag: string | undefined;
}

/**
 * What this process knows of one chain: its head, and open cases as they are at that head. Every change of a case moves
 * the head, so what was read at a head, or after it, holds as long as the head's ETag does; and a transaction is refused
 * when it does not. Knowing something wrong therefore costs a round trip and never an error.
 */
export class KnownChain {
  readonly #table: StorageTable;
  readonly #chain: string;
  #at: HeadAt | undefined;
  readonly #rows = new Map<string, CaseRow>();
  /** Set when the rows were not what they had to be: every case is read before it is relied on. */
  #isDistrusted = false;

  constructor(table: StorageTable, chain: string) {
    this.#table = table;
    this.#chain = chain;
  }

  get etag(): string | undefined {
    return this.#at?.etag;
  }

  /** The head as the table has it now. What was known is kept only if it is still the same head. */
  async readHead(): Promise<HeadAt> {
    const row = await readRow(this.#table, this.#chain, headKey);
    const at = row
      ? { head: parseHead(row), etag: row.etag }
      : { head: emptyHead(this.#chain), etag: undefined };
    this.#adopt(at);
    return at;
  }

  /** The view that these units need, read as far as it is not known. */
  async viewFor(units: readonly PreparedUnit[]): Promise<ChainView> {
    const at = this.#at ?? (await this.readHead());
    const updates = new Map<string, CaseUpdate>();
    // Later updates of the same case in the batch expect what earlier ones make of it: only the first one is read for.
    units
      .flatMap(({ cases }) => cases)
      .forEach((update) => {
        if (!updates.has(update.key)) {
          updates.set(update.key, update);
        }
      });
    const rows = new Map(this.#rows);
    const closing = new Set(
      units.flatMap(({ entries }) =>
        entries.filter(({ kind }) => kind === 'case-closed').map(({ key }) => key),
      ),
    );
    const unknown = [...updates.values()].filter((update) => !this.#isKnown(update, closing.has(update.key)));
    await Promise.all(
      unknown.map(async ({ key }) => {
        const row = await readRow(this.#table, this.#chain, openKey(key));
        if (row) {
          rows.set(key, readCase(row) ?? unknownCase(key));
        } else {
          rows.delete(key);
        }
      }),
    );
    return { ...at, rows };
  }

  /** Cases of one root that were read while `etag` was the head's, or after it. */
  admit(etag: string | undefined, rows: readonly CaseRow[]): void {
    if (this.#at?.etag === etag && etag !== undefined) {
      rows.forEach((row) => this.#remember(row.key, row));
    }
  }

  /** The transaction was committed, and the head has not moved since. Without an ETag the head has to be read again. */
  advance(transaction: PackedTransaction, etag: string | undefined): void {
    this.#isDistrusted = false;
    if (etag === undefined) {
      this.forget();
      return;
    }
    if (this.#at && this.#at.head.sequence > transaction.head.sequence) {
      return;
    }
    if (this.#at?.etag !== transaction.base.etag && this.#at?.etag !== etag) {
      this.#rows.clear();
    }
    this.#at = { head: transaction.head, etag };
    transaction.touched.forEach((row, key) => this.#remember(key, row));
  }

  /** Forgets everything; the next view is read. */
  forget(isDistrusted = false): void {
    this.#at = undefined;
    this.#rows.clear();
    this.#isDistrusted = isDistrusted;
  }

  /**
   * A row that is newer than expected settles the matter, since a case's sequence only grows. That nobody opened the case
   * need not be known: its row is created, and creating fails if it is there. But a case that is opened and closed in one
   * transaction has no row to create.
   */
  #isKnown({ key, expected }: CaseUpdate, isClosing: boolean): boolean {
    const row = this.#rows.get(key);
    if (this.#isDistrusted) {
      return false;
    }
    return expected === 'absent'
      ? row === undefined && !isClosing
      : row !== undefined && row.sequence >= expected;
  }

  #adopt(at: HeadAt): void {
    if (this.#at && this.#at.head.sequence > at.head.sequence) {
      return;
    }
    if (this.#at?.etag !== at.etag) {
      this.#rows.clear();
    }
    this.#at = at;
  }

  #remember(key: string, row: CaseRow | undefined): void {
    this.#rows.delete(key);
    if (row) {
      this.#rows.set(key, row);
    }
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > mostRows && oldest !== undefined) {
      this.#rows.delete(oldest);
    }
  }
}

/** A case whose row cannot be read: it is there, and in no version that anybody can have seen. */
function unknownCase(key: string): CaseRow {
  return { key, caseId: '', state: 'open', sequence: -1, data: {} };
}

/** A row, or undefined when it is not there. */
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
