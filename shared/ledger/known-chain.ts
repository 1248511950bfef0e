import { readRow } from './read-row.ts';
import { headKey, openKey } from './format/keys.ts';
import type { CaseRow, CaseUpdate } from './ledger.ts';
import type { PackedTransaction, ChainView } from './pack-units.ts';
import type { PreparedUnit } from './prepare.ts';
import type { HeadGuard } from './head-guard.ts';
import { emptyHead, type Head, type HeadSeal, parseHead, readCase } from './rows.ts';
import type { Row, StorageTable } from './table.ts';

/** Most rows kept in memory for each chain: those of the drifts that are worked on. */
const mostRows = 500;

export interface HeadAt {
  readonly head: Head;
  readonly etag: string | undefined;
}

/**
 * A process's knowledge of one chain: its head, and the open cases at that head. Every change of a case moves the head. Rows
 * that were read at a head or later therefore hold as long as the head's ETag does, and Azure refuses a transaction on an
 * older ETag. Wrong knowledge costs a round trip and never causes an error.
 */
export class KnownChain {
  readonly #table: StorageTable;
  readonly #chain: string;
  readonly #guard: HeadGuard | undefined;
  #at: HeadAt | undefined;
  readonly #rows = new Map<string, CaseRow>();
  /** True after rows were not as expected: every case is read before it is relied on. */
  #isDistrusted = false;

  /** With a guard, no head is taken that the guard does not believe. */
  constructor(table: StorageTable, chain: string, guard?: HeadGuard) {
    this.#table = table;
    this.#chain = chain;
    this.#guard = guard;
  }

  get etag(): string | undefined {
    return this.#at?.etag;
  }

  /**
   * Reads the head from the table. The known rows are kept only if the head is the same.
   * @throws RemediationError `rows-not-believed`
   */
  async readHead(): Promise<HeadAt> {
    const row = await readRow(this.#table, this.#chain, headKey);
    if (row?.etag !== undefined && row.etag === this.#at?.etag) {
      return this.#at;
    }
    const read = row === undefined ? emptyHead(this.#chain) : await this.#parse(row);
    const head = (await this.#guard?.believe(read, row !== undefined)) ?? read;
    const at = { head, etag: row?.etag };
    this.#adopt(at);
    return at;
  }

  async #parse(row: Row): Promise<Head> {
    try {
      return parseHead(row);
    } catch (error) {
      await this.#guard?.refuse('head-not-sealed', emptyHead(this.#chain));
      throw error;
    }
  }

  /** Takes other digests, or another begin of the seals of closed rows: a person vouched for the rows as they are. */
  trust(vouched: Partial<Pick<HeadSeal, 'digests' | 'since'>>): void {
    const at = this.#at;
    if (at?.head.seal !== undefined) {
      this.#at = { ...at, head: { ...at.head, seal: { ...at.head.seal, ...vouched } } };
    }
  }

  /** The view that these units need. Only unknown rows are read. */
  async viewFor(units: readonly PreparedUnit[]): Promise<ChainView> {
    const at = this.#at ?? (await this.readHead());
    const updates = new Map<string, CaseUpdate>();
    // Later updates of a case in the batch expect the result of earlier ones, so only the first update needs a reading.
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

  /** Adds cases of one root that were read while `etag` was the head's ETag, or later. */
  admit(etag: string | undefined, rows: readonly CaseRow[]): void {
    if (this.#at?.etag === etag && etag !== undefined) {
      rows.forEach((row) => this.#remember(row.key, row));
    }
  }

  /** Takes over a committed transaction; the head has not moved since. Without an ETag the head has to be read again. */
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
   * A row that is newer than expected settles the matter, since a case's sequence only grows. An absent case needs no
   * reading: its row is created, and creation fails if the row exists. But a case that is opened and closed in one
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

/** A case whose row is unreadable: it exists, and its version matches no version that a writer can have seen. */
function unknownCase(key: string): CaseRow {
  return { key, caseId: '', state: 'open', sequence: -1, data: {} };
}
