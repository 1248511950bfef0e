import type { TableClient, TableEntityResult } from '@azure/data-tables';

/** One entry as the table holds it. */
export interface LedgerEntry {
  readonly chain: string;
  readonly sequence: number;
  readonly time: Date;
  readonly kind: string;
  readonly caseId: string | undefined;
  readonly resource: string;
  readonly control: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** One case that is not closed. */
export interface OpenCase {
  readonly chain: string;
  readonly state: string;
  readonly caseId: string;
  readonly resource: string;
  readonly control: string;
  /** Code and action of a failure, such as `access-denied: Microsoft.Storage/storageAccounts/write`. */
  readonly failure: string | undefined;
}

type Row = TableEntityResult<Record<string, unknown>>;

/** Reads the ledger as raw rows, as anybody with the right to the table can: nothing of the app takes part. */
export class LedgerReader {
  readonly #table: TableClient;
  readonly #chains: readonly string[];
  readonly #seen = new Map<string, number>();

  constructor(table: TableClient, chains: readonly string[]) {
    this.#table = table;
    this.#chains = chains.map((chain) => chain.toLowerCase());
  }

  /** Entries that came since the last call, in the order of their chains. */
  async newEntries(): Promise<readonly LedgerEntry[]> {
    const found = await Promise.all(this.#chains.map((chain) => this.#newEntriesOf(chain)));
    return found.flat();
  }

  /** Number of entries in all chains. */
  async countEntries(): Promise<number> {
    const heads = await Promise.all(this.#chains.map((chain) => this.#head(chain)));
    return heads.reduce((sum, head) => sum + Number(head?.sequence ?? 0), 0);
  }

  async openCases(): Promise<readonly OpenCase[]> {
    const found = await Promise.all(this.#chains.map((chain) => this.#rows(chain, 'open!', 'open!~')));
    return found.flat().map(toOpenCase);
  }

  /** Whether the baseline of a subscription is in its chain. */
  async hasBaseline(chain: string): Promise<boolean> {
    const head = await this.#head(chain.toLowerCase());
    return head !== undefined && (JSON.parse(textOf(head, 'data') ?? '{}') as Body).baseline !== undefined;
  }

  async #newEntriesOf(chain: string): Promise<LedgerEntry[]> {
    const seen = this.#seen.get(chain) ?? 0;
    const last = Number((await this.#head(chain))?.sequence ?? 0);
    if (last <= seen) {
      return [];
    }
    const rows = await this.#rows(chain, `entry!${digits(seen + 1)}`, `entry!${digits(last)}~`);
    this.#seen.set(chain, last);
    return rows.map(toEntry);
  }

  async #head(chain: string): Promise<Row | undefined> {
    try {
      return await this.#table.getEntity(chain, 'head');
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) {
        return undefined;
      }
      throw error;
    }
  }

  async #rows(chain: string, from: string, before: string): Promise<Row[]> {
    const filter = `PartitionKey eq '${chain}' and RowKey ge '${from}' and RowKey lt '${before}'`;
    const rows: Row[] = [];
    for await (const row of this.#table.listEntities({ queryOptions: { filter } })) {
      rows.push(row);
    }
    return rows;
  }
}

type Body = Readonly<Record<string, unknown>>;

function toEntry(row: Row): LedgerEntry {
  const header = JSON.parse(String(row.header)) as {
    chain: string;
    sequence: number;
    time: string;
    kind: string;
    case: string | null;
  };
  // A body that lies in a blob is shown without its details.
  const body = JSON.parse(textOf(row, 'body') ?? '{}') as {
    resource?: string;
    control?: string;
    payload?: Body;
  };
  return {
    chain: header.chain,
    sequence: header.sequence,
    time: new Date(header.time),
    kind: header.kind,
    caseId: header.case ?? undefined,
    resource: body.resource ?? '',
    control: body.control ?? '',
    payload: body.payload ?? {},
  };
}

function toOpenCase(row: Row): OpenCase {
  const data = JSON.parse(textOf(row, 'data') ?? '{}') as {
    resource?: string;
    control?: string;
    failure?: { code: string; action?: string };
  };
  return {
    chain: row.partitionKey ?? '',
    state: String(row.state),
    caseId: String(row.caseId),
    resource: data.resource ?? '',
    control: data.control ?? '',
    failure:
      data.failure &&
      [data.failure.code, ...(data.failure.action === undefined ? [] : [data.failure.action])].join(': '),
  };
}

function digits(sequence: number): string {
  return String(sequence).padStart(16, '0');
}

/** A text that is spread over numbered properties. */
function textOf(row: Row, name: string): string | undefined {
  let text: string | undefined;
  for (let index = 0; typeof row[`${name}${index}`] === 'string'; index += 1) {
    text = (text ?? '') + String(row[`${name}${index}`]);
  }
  return text;
}
