import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../shared/clock.ts';
import { caseKey, rootKey } from '../../../shared/ledger/format/keys.ts';
import type { CaseEntryKind } from '../../../shared/ledger/format/states.ts';
import type { Commit, Ledger, NewEntry, Unit } from '../../../shared/ledger/ledger.ts';
import { type LedgerOptions, openLedger } from '../../../shared/ledger/open-ledger.ts';
import type { Row, StorageTable, TransactionAction } from '../../../shared/ledger/table.ts';
import { collect, disturbed, type Disturbance, type TableCall } from '../../support/disturbed-table.ts';
import { failure } from '../../support/memory-table.ts';
import { readRawChain } from '../../support/read-raw-chain.ts';
import { anyEntry, sampleOf } from '../../support/sample-payloads.ts';

export const chain = '00000000-0000-0000-0000-0000000000c1';
export const root = `/subscriptions/${chain}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/weights`;
export const control = 'storage-account-https-only';

/** A table of its own for each test. */
export type TableFactory = () => Promise<StorageTable>;

export class Bench {
  readonly table: StorageTable;
  readonly calls: TableCall[] = [];
  readonly bodies = new Map<string, string>();

  constructor(table: StorageTable) {
    this.table = table;
  }

  ledger(disturbance?: Disturbance, options: Partial<LedgerOptions> = {}): Ledger {
    return openLedger({
      table: disturbed(this.table, this.calls, disturbance),
      bodies: {
        putBody: (hash, text) => Promise.resolve(void this.bodies.set(hash, text)),
        getBody: (hash) => Promise.resolve(this.bodies.get(hash)),
      },
      clock: systemClock,
      ...options,
    });
  }

  rows(): Promise<Row[]> {
    return collect(this.table.listEntities());
  }

  async chain() {
    return readRawChain(chain, await this.rows(), this.bodies);
  }

  count(call: TableCall): number {
    return this.calls.filter((name) => name === call).length;
  }
}

export interface Life {
  readonly name: string;
  readonly id: string;
}

export function keyOf(name: string): string {
  return caseKey(root, `${root}/blobServices/default/containers/${name}`, control);
}

export function entryOf(life: Life, kind: CaseEntryKind, payload: object = {}): NewEntry {
  return anyEntry({
    kind,
    key: keyOf(life.name),
    caseId: life.id,
    body: { resource: root, control, actor: { name: 'leakstop' }, payload: sampleOf(kind, payload) },
  });
}

/** A unit that takes one case through these entries. */
export function unitOf(
  life: Life,
  expected: number | 'absent',
  kinds: readonly CaseEntryKind[],
  extra: Partial<Unit> = {},
): Unit {
  return {
    chain,
    entries: kinds.map((kind) => entryOf(life, kind)),
    cases: [{ key: keyOf(life.name), caseId: life.id, expected, data: { after: kinds.at(-1) ?? '' } }],
    ...extra,
  };
}

export function sequenceOf(commit: Commit): number {
  if (commit.kind !== 'committed') {
    throw new Error(`Not committed: ${JSON.stringify(commit)}`);
  }
  return commit.sequences.at(-1) ?? 0;
}

const opening: CaseEntryKind[] = ['case-opened', 'case-decided', 'change-intended'];
const closing: CaseEntryKind[] = ['change-applied', 'change-verified', 'case-closed'];
const one = { name: 'one', id: 'case-1' };

/** Every character that ends a line somewhere, turns the direction of writing, is a control, or is no character. */
const awkward = [
  0, 1, 9, 10, 13, 27, 0x7f, 0x80, 0x85, 0x9f, 0x2028, 0x2029, 0x202e, 0xfdd0, 0xfeff, 0xfffe, 0xffff,
]
  .map((code) => String.fromCharCode(code))
  .concat('\u{1fffe}', 'é', '"', '\\')
  .join('a');

/** What every ledger does, whatever table it stands on. */
export function ledgerContract(name: string, factory: TableFactory): void {
  const setUp = async () => new Bench(await factory());

  describe(`ledger on ${name}`, () => {
    test('a chain without entries is empty', async () => {
      const bench = await setUp();
      expect(await bench.ledger().readRoot(chain, root)).toEqual({ head: {}, openCases: [] });
    });

    test('a drift is opened and closed in two transactions, and its life reads back', async () => {
      const bench = await setUp();
      const ledger = bench.ledger();
      const view = await ledger.readRoot(chain, root);
      expect(view.openCases).toEqual([]);
      const opened = await ledger.append(unitOf(one, 'absent', opening));
      expect(opened).toMatchObject({ kind: 'committed', sequences: [1, 2, 3] });
      expect((await ledger.readRoot(chain, root)).openCases).toEqual([
        {
          key: keyOf('one'),
          caseId: 'case-1',
          state: 'changing',
          sequence: 3,
          data: { after: 'change-intended' },
        },
      ]);
      const closed = await ledger.append(unitOf(one, 3, closing));
      expect(closed).toMatchObject({ kind: 'committed', sequences: [4, 5, 6] });
      expect(bench.count('submitTransaction')).toBe(2);
      expect(await bench.chain()).toMatchObject({ problems: [], open: new Map() });
      expect((await ledger.readRoot(chain, root)).openCases).toEqual([]);
      expect(await ledger.closedCases(chain, root, new Date(0))).toMatchObject([
        { caseId: 'case-1', state: 'closed', sequence: 6 },
      ]);
      expect(await ledger.closedCases(chain, root, new Date('2999-01-01'))).toEqual([]);
    });

    test('once the root is read, a drift costs its two transactions and no other call', async () => {
      const bench = await setUp();
      const ledger = bench.ledger();
      await ledger.readRoot(chain, root);
      await ledger.append(unitOf({ name: 'first', id: 'case-0' }, 'absent', opening));
      await ledger.readRoot(chain, root);
      bench.calls.length = 0;
      const opened = await ledger.append(unitOf(one, 'absent', opening));
      await ledger.append(unitOf(one, sequenceOf(opened), closing));
      expect(bench.calls).toEqual(['submitTransaction', 'submitTransaction']);
    });

    test('reading a root is a point read and one range', async () => {
      const bench = await setUp();
      await bench.ledger().readRoot(chain, root);
      expect(bench.calls.toSorted()).toEqual(['getEntity', 'listEntities']);
    });

    test('a case that is not as expected is left alone, with everything else in its unit', async () => {
      const bench = await setUp();
      const [ledger, other] = [bench.ledger(), bench.ledger()];
      const opened = sequenceOf(await ledger.append(unitOf(one, 'absent', ['case-opened'])));
      expect(await other.append(unitOf(one, 'absent', ['case-opened']))).toEqual({ kind: 'case-moved' });
      await other.append(unitOf(one, opened, ['case-held']));
      const two = unitOf({ name: 'two', id: 'case-2' }, 'absent', ['case-opened']);
      const stale = unitOf(one, opened, ['case-decided']);
      const both = {
        chain,
        entries: [...two.entries, ...stale.entries],
        cases: [...two.cases, ...stale.cases],
      };
      expect(await ledger.append(both)).toEqual({ kind: 'case-moved' });
      expect(await ledger.append(unitOf(one, 99, ['case-observed']))).toMatchObject({ kind: 'case-moved' });
      expect((await bench.chain()).entries.map(({ kind }) => kind)).toEqual(['case-opened', 'case-held']);
    });

    test('a case can be opened again once it is closed, as another life', async () => {
      const bench = await setUp();
      const ledger = bench.ledger();
      await ledger.append(unitOf(one, 'absent', ['case-opened', 'case-closed']));
      await ledger.append(unitOf({ name: 'one', id: 'case-2' }, 'absent', ['case-opened']));
      expect(await bench.chain()).toMatchObject({ problems: [], open: new Map([['case-2', 'open']]) });
      expect((await ledger.closedCases(chain, root, new Date(0))).map(({ caseId }) => caseId)).toEqual([
        'case-1',
      ]);
    });

    test('a case that is opened and closed at once is not opened beside another life of it', async () => {
      const bench = await setUp();
      const other = bench.ledger();
      const ledger = bench.ledger();
      await other.append(unitOf({ name: 'two', id: 'case-2' }, 'absent', ['case-opened']));
      await ledger.readRoot(chain, root);
      await other.append(unitOf(one, 'absent', ['case-opened']));
      // The head is known again; the other life's row is not.
      await ledger.append(unitOf({ name: 'three', id: 'case-3' }, 'absent', ['case-opened']));
      const atOnce = unitOf({ name: 'one', id: 'case-9' }, 'absent', ['case-opened', 'case-closed']);
      expect(await ledger.append(atOnce)).toEqual({ kind: 'case-moved' });
      expect((await bench.chain()).problems).toEqual([]);
    });

    test('units that wait together share a transaction, also on one case', async () => {
      const bench = await setUp();
      const ledger = bench.ledger();
      await ledger.readRoot(chain, root);
      const commits = await Promise.all([
        ledger.append(unitOf(one, 'absent', ['case-opened'])),
        ledger.append(unitOf(one, 1, ['case-decided', 'change-intended'])),
        ledger.append(unitOf(one, 1, ['case-held'])),
        ledger.append(unitOf(one, 3, ['change-applied', 'case-closed'])),
        ledger.append(unitOf({ name: 'one', id: 'case-2' }, 'absent', ['case-opened'])),
      ]);
      expect(commits.map(({ kind }) => kind)).toEqual([
        'committed',
        'committed',
        'case-moved',
        'committed',
        'committed',
      ]);
      expect(bench.count('submitTransaction')).toBe(1);
      expect(await bench.chain()).toMatchObject({ problems: [], open: new Map([['case-2', 'open']]) });
    });

    test('more than a transaction holds is spread over several, units whole', async () => {
      const bench = await setUp();
      const ledger = bench.ledger();
      const lives = Array.from({ length: 70 }, (_, index) => ({ name: `c${index}`, id: `case-${index}` }));
      const commits = await Promise.all(lives.map((life) => ledger.append(unitOf(life, 'absent', opening))));
      expect(commits.every(({ kind }) => kind === 'committed')).toBe(true);
      // 24 units of three entries and a row each fit beside the head.
      expect(bench.count('submitTransaction')).toBe(3);
      expect((await bench.chain()).problems).toEqual([]);
      expect(await collect(ledger.openCases(chain))).toHaveLength(70);
    });

    test("the hour's changes are counted under the head, across processes", async () => {
      const bench = await setUp();
      const [ledger, other] = [bench.ledger(), bench.ledger()];
      const changes = { count: 1, limitPerHour: 2 };
      const append = (writer: Ledger, id: string) =>
        writer.append(unitOf({ name: id, id }, 'absent', opening, { changes }));
      await append(ledger, 'a');
      await append(other, 'b');
      expect(await append(ledger, 'c')).toEqual({ kind: 'over-budget', used: 2 });
      expect(await append(other, 'd')).toEqual({ kind: 'over-budget', used: 2 });
      expect((await bench.chain()).entries).toHaveLength(6);
      expect(await ledger.append(unitOf({ name: 'e', id: 'e' }, 'absent', ['case-opened']))).toMatchObject({
        kind: 'committed',
      });
    });

    test("the head keeps the engine's data, merged", async () => {
      const bench = await setUp();
      const ledger = bench.ledger();
      const entries = [{ kind: 'baseline-started' as const, body: { payload: {} } }];
      await ledger.append({ chain, entries, cases: [], head: { baseline: { run: 'r1' }, kept: 1 } });
      await ledger.append({ chain, entries, cases: [], head: { baseline: { run: 'r2' } } });
      expect((await bench.ledger().readRoot(chain, root)).head).toEqual({ baseline: { run: 'r2' }, kept: 1 });
    });

    test('text of every size and kind comes back as it was', async () => {
      const bench = await setUp();
      const ledger = bench.ledger();
      const text = `${'x'.repeat(31_999)}\u{1F512}${'é\n"\\'.repeat(20_000)}`;
      const data = { text, nested: { list: [1, null, true, -0.5] } };
      const unit = unitOf(one, 'absent', ['case-opened']);
      await ledger.append({ ...unit, cases: unit.cases.map((update) => ({ ...update, data })) });
      expect((await bench.ledger().readRoot(chain, root)).openCases[0]?.data).toEqual(data);
      expect((await bench.chain()).problems).toEqual([]);
    });

    test('no character that somebody else chose keeps an entry, or the chain, from being written', async () => {
      const bench = await setUp();
      const ledger = bench.ledger();
      await ledger.append(unitOf({ name: 'before', id: 'case-0' }, 'absent', ['case-opened']));
      const data = { told: awkward, [awkward]: [awkward], escapes: 'a\\u2028b\\\\u2029' };
      const opened = await ledger.append({
        chain,
        entries: [entryOf(one, 'case-opened', data)],
        cases: [{ key: keyOf('one'), caseId: 'case-1', expected: 'absent', data }],
        head: data,
      });
      await ledger.append(unitOf(one, sequenceOf(opened), ['case-held']));
      const { entries, problems } = await bench.chain();
      expect(problems).toEqual([]);
      expect(entries.map(({ kind }) => kind)).toEqual(['case-opened', 'case-opened', 'case-held']);
      expect(entries[1]?.body).toMatchObject({ payload: data, row: { data }, head: data });
      const view = await bench.ledger().readRoot(chain, root);
      expect(view.head).toEqual(data);
      expect(view.openCases).toHaveLength(2);
    });

    test('what is told is recorded only once its last entry is there, whatever the head says', async () => {
      const bench = await setUp();
      const { id, name } = one;
      let isBroken = false;
      const ledger = bench.ledger({
        before: async (call, argument) => {
          if (isBroken && call === 'submitTransaction') {
            isBroken = false;
            // A service that keeps of a transaction no more than its beginning: the head, and the first entry.
            await bench.table.submitTransaction((argument as TransactionAction[]).slice(0, 2));
            throw failure(500, 'InternalError');
          }
        },
      });
      await ledger.append(unitOf({ name: 'before', id: 'case-0' }, 'absent', ['case-opened']));
      isBroken = true;
      await expect(
        ledger.append(unitOf({ name, id }, 'absent', ['case-opened', 'case-held'])),
      ).rejects.toMatchObject({
        code: 'internal-error',
        message: `Cannot append to chain "${chain}": its rows contradict its head`,
      });
    });

    test('a body too large for a row lies in a blob, stored first', async () => {
      const bench = await setUp();
      const order: string[] = [];
      const ledger = bench.ledger(
        { before: (call) => void order.push(call) },
        {
          bodies: {
            putBody: (hash, text) => {
              order.push('putBody');
              bench.bodies.set(hash, text);
              return Promise.resolve();
            },
            getBody: () => Promise.resolve(undefined),
          },
        },
      );
      const unit = unitOf(one, 'absent', []);
      const body = { payload: { text: 'x'.repeat(300_000) } };
      await ledger.append({
        ...unit,
        entries: [anyEntry({ kind: 'case-opened', key: keyOf('one'), caseId: 'case-1', body })],
      });
      expect(order[0]).toBe('putBody');
      const entry = (await bench.rows()).find(({ rowKey }) => rowKey?.startsWith('entry!'));
      expect(entry).toMatchObject({ bodyIn: 'blob' });
      expect(JSON.stringify(entry).length).toBeLessThan(2_000);
      expect((await bench.chain()).problems).toEqual([]);
    });

    test('an illegal move is an error, and writes nothing', async () => {
      const bench = await setUp();
      const ledger = bench.ledger();
      const opened = sequenceOf(await ledger.append(unitOf(one, 'absent', ['case-opened'])));
      await expect(ledger.append(unitOf(one, opened, ['change-applied']))).rejects.toMatchObject({
        code: 'internal-error',
        message: expect.stringContaining('"open" cannot take "change-applied"') as string,
      });
      await expect(
        ledger.append(unitOf({ name: 'two', id: 'case-2' }, 'absent', ['case-held'])),
      ).rejects.toMatchObject({ code: 'internal-error' });
      expect((await bench.chain()).entries).toHaveLength(1);
    });

    test('several processes append to one chain: no gap, no fork, nothing twice', async () => {
      const bench = await setUp();
      const ledgers = Array.from({ length: 4 }, () => bench.ledger());
      const results = await Promise.all(
        ledgers.flatMap((ledger, writer) =>
          Array.from({ length: 5 }, async (_, worker) => {
            const life = { name: `w${writer}-${worker}`, id: `case-${writer}-${worker}` };
            const opened = sequenceOf(await ledger.append(unitOf(life, 'absent', opening)));
            return ledger.append(unitOf(life, opened, closing));
          }),
        ),
      );
      expect(results.every(({ kind }) => kind === 'committed')).toBe(true);
      const { entries, problems, open } = await bench.chain();
      expect(problems).toEqual([]);
      expect(entries).toHaveLength(4 * 5 * 6);
      expect(open.size).toBe(0);
    });

    test('several processes race for one case: one of them opens it', async () => {
      const bench = await setUp();
      const commits = await Promise.all(
        Array.from({ length: 5 }, (_, index) =>
          bench.ledger().append(unitOf({ name: 'one', id: `case-${index}` }, 'absent', ['case-opened'])),
        ),
      );
      expect(commits.map(({ kind }) => kind).toSorted()).toEqual([
        ...Array<string>(4).fill('case-moved'),
        'committed',
      ]);
      expect((await bench.chain()).entries).toHaveLength(1);
    });

    test('cases of one root are found by the root, and no others', async () => {
      const bench = await setUp();
      const ledger = bench.ledger();
      await ledger.append(unitOf(one, 'absent', ['case-opened']));
      const key = caseKey(`${root}2`, `${root}2`, control);
      await ledger.append({
        chain,
        entries: [anyEntry({ kind: 'case-opened', key, caseId: 'other', body: { payload: {} } })],
        cases: [{ key, caseId: 'other', expected: 'absent', data: {} }],
      });
      expect(key.startsWith(`${rootKey(`${root}2`)}.`)).toBe(true);
      expect(
        (await ledger.readRoot(chain, root.toUpperCase())).openCases.map(({ caseId }) => caseId),
      ).toEqual(['case-1']);
      expect(await collect(ledger.openCases(chain))).toHaveLength(2);
    });
  });
}
