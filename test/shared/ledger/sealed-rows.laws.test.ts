import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caseKey } from '../../../shared/ledger/format/keys.ts';
import type { Distrusted } from '../../../shared/ledger/head-guard.ts';
import type { CaseUpdate, Ledger, NewEntry } from '../../../shared/ledger/ledger.ts';
import { openLedger } from '../../../shared/ledger/open-ledger.ts';
import type { Row } from '../../../shared/ledger/table.ts';
import { createSealer } from '../../../shared/seal/sealer.ts';
import { runs } from '../../support/effort.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryTable } from '../../support/memory-table.ts';

/** Whatever is done to head and open rows: what is read is what was written, or nothing is read and people are told. */

const chain = '11111111-1111-4111-8111-111111111111';
const roots = ['/subscriptions/s/a', '/subscriptions/s/b', '/subscriptions/s/c'];
const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) };
const sealer = createSealer('worker', new Uint8Array(32).fill(7));

class World {
  readonly memory = new MemoryTable();
  readonly clock = new ManualClock();
  readonly told: Distrusted[] = [];
  vouched: { readonly sequence: number; readonly hash: string }[] = [];
  floor = 0;

  /** A fresh process; without `isSealing` one that has no key, as a command of a person. */
  open(isSealing = true, by = sealer): Ledger {
    return openLedger({
      table: this.memory.client(),
      bodies,
      clock: this.clock,
      ...(isSealing
        ? {
            sealing: {
              sealer: () => Promise.resolve(by),
              distrust: (found: Distrusted) => Promise.resolve(void this.told.push(found)),
              floorOf: () =>
                Promise.resolve(this.floor === 0 ? undefined : { chain, sequence: this.floor, hash: '' }),
              isVouchedFor: ({ sequence, hash }) =>
                Promise.resolve(this.vouched.some((end) => end.sequence === sequence && end.hash === hash)),
            },
          }
        : {}),
    });
  }

  rows(): Row[] {
    return this.memory.rows().map((row) => ({ ...row }));
  }
}

interface Step {
  readonly root: number;
  readonly control: number;
  readonly act: 'note' | 'close';
  readonly text: string;
}

const step: fc.Arbitrary<Step> = fc.record({
  root: fc.nat({ max: 2 }),
  control: fc.nat({ max: 1 }),
  act: fc.constantFrom('note', 'note', 'close'),
  text: fc.string({ maxLength: 8 }),
});

/** Opens the case of a drift, or moves it, or closes it. */
async function take(ledger: Ledger, { root, control, act, text }: Step): Promise<void> {
  const resource = roots[root] ?? '';
  const key = caseKey(resource, resource, `control-${control}`);
  const { openCases } = await ledger.readRoot(chain, resource);
  const known = openCases.find((row) => row.key === key);
  const caseId = known?.caseId ?? crypto.randomUUID();
  const kinds =
    known === undefined
      ? (['case-opened'] as const)
      : act === 'close'
        ? (['case-closed'] as const)
        : (['case-observed'] as const);
  const payloads = {
    'case-opened': { severity: 'high', firstSeenDrifted: '2026-03-01T00:00:00.000Z' },
    'case-observed': { missing: true },
    'case-closed': { reason: 'gone' },
  };
  const entries = kinds.map(
    (kind) => ({ kind, key, caseId, body: { payload: payloads[kind] } }) as unknown as NewEntry,
  );
  const update: CaseUpdate = {
    key,
    caseId,
    expected: known?.sequence ?? 'absent',
    data: { text, root: resource },
  };
  expect(await ledger.append({ chain, entries, cases: [update] })).toMatchObject({ kind: 'committed' });
}

const viewOf = async (ledger: Ledger) =>
  Promise.all(roots.map(async (root) => (await ledger.readRoot(chain, root)).openCases));

/** A row that is no entry: the head, or an open case. */
const isBelieved = ({ rowKey = '' }: Row) => rowKey === 'head' || rowKey.startsWith('open!');

type Tamper = (now: readonly Row[], earlier: readonly (readonly Row[])[], pick: number) => Row[];

const tampers: Readonly<Record<string, Tamper>> = {
  'changes a property of a row': (now, _, pick) =>
    now.map((row, index) => (index === pick % now.length ? changed(row, pick) : row)),
  'removes a row': (now, _, pick) => now.filter((_row, index) => index !== pick % now.length),
  'removes every row but the head': (now) => now.filter(({ rowKey }) => rowKey === 'head'),
  'puts an earlier row back': (now, earlier, pick) => {
    const old = earlier.flat().filter((row) => !now.some((each) => same(each, row)));
    const back = old[pick % Math.max(1, old.length)];
    return back === undefined ? [...now] : [...now.filter(({ rowKey }) => rowKey !== back.rowKey), back];
  },
  'puts every earlier row back': (now, earlier, pick) => [
    ...(earlier[pick % Math.max(1, earlier.length)] ?? now),
  ],
  'puts a row in the place of another': (now, _, pick) => {
    const [one, other] = [now[pick % now.length], now[(pick + 1) % now.length]];
    return now.map((row) =>
      row === one && other !== undefined ? { ...other, rowKey: row.rowKey ?? '' } : row,
    );
  },
  'plants a row': (now, _, pick) => {
    const model = now.find(({ rowKey }) => rowKey?.startsWith('open!'));
    const root = roots[pick % roots.length] ?? '';
    const key = caseKey(root, root, 'planted');
    return model === undefined ? [...now] : [...now, { ...model, rowKey: `open!${key}` }];
  },
  'takes the seal away': (now) =>
    now.map((row) => {
      const { seal: _seal, sealedBy: _by, ...others } = row;
      return others;
    }),
};

const same = (one: Row, other: Row) =>
  JSON.stringify({ ...one, etag: '' }) === JSON.stringify({ ...other, etag: '' });

function changed(row: Row, pick: number): Row {
  const names = Object.keys(row).filter(
    (name) => !['partitionKey', 'rowKey', 'etag', 'timestamp'].includes(name),
  );
  const name = names[pick % names.length] ?? '';
  const value = row[name];
  const other = typeof value === 'number' ? value + 1 : `${String(value)} `;
  const flipped =
    typeof value === 'string' && value.includes('"text":') ? value.replace('"text":"', '"text":"x') : other;
  return { ...row, [name]: flipped };
}

describe('a ledger that seals', () => {
  it('reads what it wrote, in any process that has the key, beside others that commit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const [world, plain] = [new World(), new World()];
        const [one, other] = [world.open(), world.open()];
        for (const [index, each] of steps.entries()) {
          await take(index % 2 === 0 ? one : other, each);
          await take(plain.open(false), each);
        }
        const strip = (views: Awaited<ReturnType<typeof viewOf>>) =>
          views.flat().map(({ key, state, sequence, data }) => ({ key, state, sequence, data }));
        expect(strip(await viewOf(world.open()))).toEqual(strip(await viewOf(plain.open(false))));
        expect(world.told).toEqual([]);
      }),
      { numRuns: runs(30) },
    );
  });

  it.each(Object.entries(tampers))('is not deceived by whoever %s', async (_, tamper) => {
    let deceived = 0;
    let noticed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 14 }),
        fc.nat({ max: 1_000 }),
        async (steps, pick) => {
          const world = new World();
          const earlier: Row[][] = [];
          for (const each of steps) {
            await take(world.open(), each);
            earlier.push(world.rows().filter(isBelieved));
          }
          const truth = await viewOf(world.open());
          world.floor = steps.length;
          const entries = world.rows().filter((row) => !isBelieved(row));
          const now = world.rows().filter(isBelieved);
          world.memory.replaceRows([...entries, ...tamper(now, earlier.slice(0, -1), pick)]);
          const read = await viewOf(world.open()).catch((error: unknown) => {
            expect(error).toMatchObject({ code: 'rows-not-believed' });
            return undefined;
          });
          if (read === undefined) {
            expect(world.told.length).toBeGreaterThan(0);
            noticed += 1;
          } else {
            deceived += JSON.stringify(read) === JSON.stringify(truth) ? 0 : 1;
          }
        },
      ),
      { numRuns: runs(60) },
    );
    expect(deceived).toBe(0);
    expect(noticed).toBeGreaterThan(0);
  });
});
