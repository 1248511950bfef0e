import { randomBytes } from 'node:crypto';
import { type Clock, timestamp } from '../clock.ts';
import { toStorageError } from '../storage-errors.ts';
import { type AttemptBounds, ledgerBounds, readBounds, withAttempts } from './attempts.ts';
import type { BodyStore } from './body-store.ts';
import { ChainWriter } from './chain-writer.ts';
import { closedRange, type KeyRange, openRange } from './format/keys.ts';
import { KnownChain } from './known-chain.ts';
import type { CaseRow, Commit, Ledger, RootView, TellUnreadable, Unit } from './ledger.ts';
import { type PreparedUnit, prepareUnit } from './prepare.ts';
import { readCase } from './rows.ts';
import type { Row, StorageTable } from './table.ts';
import { changesIn } from './unit-effect.ts';

export interface LedgerOptions {
  /** Table `ledger`. The client's own retries should be off (see `storageClientOptions`); retries do no harm. */
  readonly table: StorageTable;
  readonly bodies: BodyStore;
  readonly clock: Clock;
  /** 16 random bytes or more, in hexadecimal, for each body. */
  readonly salt?: () => string;
  /** Limits on the time that a unit may wait for the table before {@link Ledger.append} throws. */
  readonly bounds?: AttemptBounds;
}

interface Chain {
  readonly known: KnownChain;
  readonly writer: ChainWriter;
}

/** The ledger over a table. A process opens one only, so that its units share transactions. */
export function openLedger(options: LedgerOptions): Ledger {
  const { table, bodies, clock, salt = randomSalt, bounds = ledgerBounds } = options;
  const chains = new Map<string, Chain>();
  const chainOf = (name: string): Chain => {
    let chain = chains.get(name);
    if (!chain) {
      const known = new KnownChain(table, name);
      chain = { known, writer: new ChainWriter(table, name, known, clock, bounds) };
      chains.set(name, chain);
    }
    return chain;
  };
  return {
    readRoot: (chain, root) =>
      withAttempts(clock, readBounds, `read root "${root}"`, () =>
        readRoot(table, chainOf(chain).known, chain, root),
      ),
    openCases: (chain, tell) => casesIn(table, chain, openRange(), { tell }),
    closedCases: (chain, root, since, tell) =>
      withAttempts(clock, readBounds, `read closed cases of "${root}"`, () =>
        closedCases(table, chain, root, since, tell),
      ),
    changesThisHour: (chain) =>
      withAttempts(clock, readBounds, `read the head of "${chain}"`, async () => {
        const { head } = await chainOf(chain).known.readHead();
        return changesIn(head, timestamp(clock)).used;
      }),
    append: (unit) => append(unit),
  };

  async function append(unit: Unit): Promise<Commit> {
    const prepared = prepareUnit(unit, salt);
    await storeBodies(bodies, prepared);
    return chainOf(unit.chain).writer.append(prepared);
  }
}

function randomSalt(): string {
  return randomBytes(16).toString('hex');
}

/** Bodies are stored before their entry, so that no entry ever names a missing body. */
async function storeBodies(bodies: BodyStore, unit: PreparedUnit): Promise<void> {
  const large = unit.entries.filter(({ isBodyInBlob }) => isBodyInBlob);
  await Promise.all(large.map(({ bodyHash, bodyText }) => bodies.putBody(bodyHash, bodyText)));
}

/**
 * Head and cases are read side by side. One query for both would need "or", and Table Storage answers such a query by walking
 * the whole partition, history included. The cases may therefore be a little newer or older than the head, which does no
 * harm: a unit is committed against each case's version, under the head's ETag.
 */
async function readRoot(
  table: StorageTable,
  known: KnownChain,
  chain: string,
  root: string,
): Promise<RootView> {
  const etagBefore = known.etag;
  const unreadable: string[] = [];
  const tell: TellUnreadable = ({ key }) => unreadable.push(key);
  const [{ head, etag }, openCases] = await Promise.all([
    known.readHead(),
    collect(casesIn(table, chain, openRange(root), { tell })),
  ]);
  if (etag === etagBefore) {
    known.admit(etag, openCases);
  }
  return {
    head: head.data,
    openCases,
    ...(unreadable.length === 0 ? {} : { unreadable }),
  };
}

async function closedCases(
  table: StorageTable,
  chain: string,
  root: string,
  since: Date,
  tell: TellUnreadable | undefined,
): Promise<CaseRow[]> {
  const condition = `closedAt ge '${since.toISOString()}'`;
  const cases = await collect(casesIn(table, chain, closedRange(root), { condition, tell }));
  return cases.sort((one, other) => one.sequence - other.sequence);
}

async function* casesIn(
  table: StorageTable,
  chain: string,
  range: KeyRange,
  { condition, tell }: { readonly condition?: string; readonly tell: TellUnreadable | undefined },
): AsyncGenerator<CaseRow> {
  for await (const row of rowsIn(table, chain, range, condition)) {
    const read = readCase(row, tell);
    if (read !== undefined) {
      yield read;
    }
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) {
    collected.push(item);
  }
  return collected;
}

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
