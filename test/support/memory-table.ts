import { RestError } from '@azure/data-tables';
import type { NewRow, Row, RowQuery, StorageTable, TransactionAction } from '../../shared/ledger/table.ts';
import { matches, parseFilter } from './odata-filter.ts';

type Stored = Map<string, Row & { etag: string }>;

/** Table Storage as far as the ledger and the work store use it: keys, ETags, group transactions and their limits. */
export class MemoryTable {
  #rows: Stored = new Map();
  #version = 0;

  client(): StorageTable {
    const later = async <T>(run: () => T): Promise<T> => {
      await nextTurn();
      const result = run();
      await nextTurn();
      return result;
    };
    return {
      createTable: () => Promise.resolve(),
      getEntity: (partitionKey, rowKey) => later(() => this.#get(partitionKey, rowKey)),
      listEntities: (options) => listed(later(() => this.#list(options))),
      submitTransaction: (actions) => later(() => this.#transact(actions)),
      createEntity: (row) => later(() => this.#apply(['create', row], this.#rows)),
      updateEntity: (row, mode, options) =>
        later(() => this.#apply(['update', row, mode, options], this.#rows)),
      deleteEntity: (partitionKey, rowKey, { etag }) =>
        later(() => this.#delete(this.#rows, idOf(partitionKey, rowKey), etag)),
    };
  }

  /** All rows, in the order of their keys, as they are stored. */
  rows(): Row[] {
    return [...this.#rows.values()].sort((one, other) => (idOfRow(one) < idOfRow(other) ? -1 : 1));
  }

  /** Puts other rows in place of all. */
  replaceRows(rows: readonly Row[]): void {
    this.#rows = new Map(rows.map((row) => [idOfRow(row), { ...row, etag: this.#nextEtag() }]));
  }

  #get(partitionKey: string, rowKey: string): Row {
    const row = this.#rows.get(idOf(partitionKey, rowKey));
    if (!row) {
      throw failure(404, 'ResourceNotFound');
    }
    return { ...row };
  }

  #list(options: RowQuery | undefined): Row[] {
    const condition = parseFilter(options?.queryOptions?.filter ?? '');
    return this.rows()
      .filter((row) => matches(condition, row))
      .map((row) => ({ ...row }));
  }

  #transact(actions: TransactionAction[]) {
    const keys = actions.map(([, row]) => idOf(row.partitionKey, row.rowKey));
    if (actions.length > 100 || JSON.stringify(actions).length > 4 * 1024 * 1024) {
      throw failure(413, 'RequestBodyTooLarge');
    }
    // Azurite takes these for ends of lines, and then for the end of a row.
    if (/[\u2028\u2029]/.test(JSON.stringify(actions))) {
      throw failure(500, 'Transaction Failed');
    }
    if (new Set(keys).size < keys.length || new Set(actions.map(([, row]) => row.partitionKey)).size > 1) {
      throw failure(400, 'InvalidInput');
    }
    const rows = new Map(this.#rows);
    const subResponses = actions.map((action) => this.#apply(action, rows));
    this.#rows = rows;
    return { subResponses };
  }

  #apply(action: TransactionAction, rows: Stored): { etag?: string } {
    const [kind, row] = action;
    const id = idOf(row.partitionKey, row.rowKey);
    switch (kind) {
      case 'delete':
        return this.#delete(rows, id, '*');
      case 'upsert':
        throw new Error('Nothing of ours upserts');
      case 'create':
        if (rows.has(id)) {
          throw failure(409, 'EntityAlreadyExists');
        }
        break;
      case 'update':
        check(rows.get(id), (action[3] as { etag?: string } | undefined)?.etag ?? '*');
    }
    const stored = { ...limited(row as NewRow), etag: this.#nextEtag() };
    rows.set(id, stored);
    return { etag: stored.etag };
  }

  #delete(rows: Stored, id: string, etag: string): { etag?: string } {
    check(rows.get(id), etag);
    rows.delete(id);
    return {};
  }

  #nextEtag(): string {
    this.#version += 1;
    return `W/"${this.#version}"`;
  }
}

/** The error that the real client would throw. */
export function failure(statusCode: number, code: string, headers: Record<string, string> = {}): RestError {
  const error = new RestError(`${code}: the table says no`, { statusCode, code });
  const lowerCase = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  Object.defineProperty(error, 'response', {
    value: { headers: { get: (name: string) => lowerCase.get(name.toLowerCase()) } },
    enumerable: false,
  });
  return error;
}

/** The error of a connection that broke: nobody knows whether the call took effect. */
export function connectionReset(): RestError {
  return new RestError('socket hang up', { code: 'ECONNRESET' });
}

async function* listed(rows: Promise<Row[]>): AsyncGenerator<Row> {
  yield* await rows;
}

function check(row: Row | undefined, etag: string): void {
  if (!row) {
    throw failure(404, 'ResourceNotFound');
  }
  if (etag !== '*' && etag !== row.etag) {
    throw failure(412, 'UpdateConditionNotSatisfied');
  }
}

function limited(row: NewRow): Row {
  const texts = Object.values(row).filter((value) => typeof value === 'string');
  if (texts.some((text) => text.length > 32_768)) {
    throw failure(400, 'PropertyValueTooLarge');
  }
  if (texts.reduce((sum, text) => sum + 2 * text.length, 0) > 1024 * 1024) {
    throw failure(413, 'EntityTooLarge');
  }
  if (/[/\\#?]/.test(row.partitionKey + row.rowKey)) {
    throw failure(400, 'OutOfRangeInput');
  }
  return { ...row };
}

function idOf(partitionKey: string, rowKey: string): string {
  return `${partitionKey}\n${rowKey}`;
}

function idOfRow(row: Row): string {
  return idOf(row.partitionKey ?? '', row.rowKey ?? '');
}

/** The network takes its time, so that calls of several clients interleave. */
async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
