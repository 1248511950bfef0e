import { randomBytes } from 'node:crypto';
import { type Clock, timestamp } from '../clock.ts';
import { type AttemptBounds, ledgerBounds, readBounds, withAttempts } from './attempts.ts';
import type { BodyStore } from './body-store.ts';
import { ChainWriter } from './chain-writer.ts';
import { openRange } from './format/keys.ts';
import { believedCases, believedRoot, closedCases } from './believed-cases.ts';
import { casesIn } from './cases-in.ts';
import { HeadGuard, type Sealing } from './head-guard.ts';
import { KnownChain } from './known-chain.ts';
import type { Commit, Ledger, Unit } from './ledger.ts';
import { type PreparedUnit, prepareUnit } from './prepare.ts';
import type { StorageTable } from './table.ts';
import { changesIn } from './unit-effect.ts';

export interface LedgerOptions {
  /** Table `ledger`. The client's own retries should be off (see `storageClientOptions`); retries do no harm. */
  readonly table: StorageTable;
  readonly bodies: BodyStore;
  readonly clock: Clock;
  /** 16 random bytes or more, in hexadecimal, for each body. */
  readonly salt?: () => string;
  /** Seals heads, and believes no others. Without it rows are read and written as they are. */
  readonly sealing?: Sealing | undefined;
  /** Limits on the time that a unit may wait for the table before {@link Ledger.append} throws. */
  readonly bounds?: AttemptBounds;
}

interface Chain {
  readonly known: KnownChain;
  readonly writer: ChainWriter;
  readonly guard: HeadGuard | undefined;
}

/** The ledger over a table. A process opens one only, so that its units share transactions. */
export function openLedger(options: LedgerOptions): Ledger {
  const { table, bodies, clock, salt = randomSalt, bounds = ledgerBounds, sealing } = options;
  const chains = new Map<string, Chain>();
  const chainOf = (name: string): Chain => {
    let chain = chains.get(name);
    if (!chain) {
      const guard = sealing && new HeadGuard(sealing, table, bodies, name);
      const known = new KnownChain(table, name, guard);
      const writer = new ChainWriter({ table, clock, bounds }, name, known, sealing?.sealer);
      chain = { known, writer, guard };
      chains.set(name, chain);
    }
    return chain;
  };
  return {
    readRoot: (chain, root) =>
      withAttempts(clock, readBounds, `read root "${root}"`, () =>
        believedRoot({ table, clock, ...chainOf(chain) }, chain, root),
      ),
    end: (chain) =>
      withAttempts(clock, readBounds, `read the head of "${chain}"`, async () => {
        const { head } = await chainOf(chain).known.readHead();
        return { chain, sequence: head.sequence, hash: head.hash };
      }),
    openCases: (chain, tell) =>
      sealing === undefined
        ? casesIn(table, chain, openRange(), { tell })
        : believedCases({ table, clock, ...chainOf(chain) }, chain, tell),
    closedCases: (chain, root, since, tell) =>
      withAttempts(clock, readBounds, `read closed cases of "${root}"`, () =>
        closedCases({ table, clock, ...chainOf(chain) }, { chain, root, since }, tell),
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
