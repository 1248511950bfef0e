import { describe, expect, test } from 'vitest';
import { eraseBodies, type ErasureRequest } from '../../../shared/ledger/erase-body.ts';
import { entryKey } from '../../../shared/ledger/format/keys.ts';
import type { Unit } from '../../../shared/ledger/ledger.ts';
import type { Disturbance } from '../../support/disturbed-table.ts';
import { disturbed } from '../../support/disturbed-table.ts';
import { connectionReset } from '../../support/memory-table.ts';
import { chain, keyOf, unitOf } from './ledger-contract.ts';
import { World } from './checkpoints/world.ts';
import { anyEntry } from '../../support/sample-payloads.ts';

const life = { name: 'one', id: 'case-1' };
const request: ErasureRequest = {
  chain,
  sequences: [2, 3],
  reason: 'The person asked for it',
  authority: 'Data protection officer',
  retentionInDays: 30,
};

/** Entry 1 opens a case, 2 is large and of nobody, 3 closes the case and tells of its closed row. */
async function setUp() {
  const world = new World();
  const append = async (unit: Unit) => {
    await world.ledger.append(unit);
  };
  await append(unitOf(life, 'absent', ['case-opened']));
  await world.note(chain, 'Alice '.repeat(60_000));
  await append(unitOf(life, 1, ['case-closed']));
  world.clock.advance(31 * 86_400_000);
  const erase = (change: Partial<ErasureRequest> = {}, disturbance: Disturbance = {}) =>
    eraseBodies(
      {
        table: disturbed(world.table, [], disturbance),
        bodies: world.bodies,
        ledger: world.ledger,
        clock: world.clock,
      },
      { ...request, ...change },
    );
  return { world, append, erase };
}

const recordsIn = (world: World) =>
  world.memory.rows().filter(({ header }) => String(header).includes('"body-erased"'));

test('the record says what, why and by whom; body, blob and closed row are gone; the chain holds', async () => {
  const { world, erase } = await setUp();
  const header = (await world.row(chain, entryKey(2))).header;
  expect(world.texts.size).toBe(1);
  expect(await erase()).toEqual({ records: [4], erased: 2 });
  expect(await world.row(chain, entryKey(2))).toMatchObject({ header, bodyIn: 'erased', erasedBy: 4 });
  expect(world.texts.size).toBe(0);
  const rows = JSON.stringify(world.memory.rows());
  expect(rows).not.toContain('Alice');
  expect(rows).not.toContain('closed!');
  const [record] = recordsIn(world);
  expect(JSON.parse(String(record?.body0))).toMatchObject({
    payload: {
      reason: request.reason,
      authority: request.authority,
      entries: [{ sequence: 2, bodyHash: expect.any(String) as string }, { sequence: 3 }],
    },
  });
  expect((await world.run()).contradictions).toEqual([]);
  world.judge();
});

test('a reason with a secret in it is kept without the secret, and the record still counts', async () => {
  const { world, erase } = await setUp();
  const secret = `${'A1b2C3d4'.repeat(10)}abcdef==`;
  expect(await erase({ reason: `AccountKey=${secret} was in it` })).toEqual({ records: [4], erased: 2 });
  const [record] = recordsIn(world);
  expect(String(record?.body0)).not.toContain(secret);
  expect(JSON.parse(String(record?.body0))).toMatchObject({ payload: { masked: { texts: 1 } } });
  expect((await world.run()).contradictions).toEqual([]);
  world.judge();
});

test('erasing again records nothing and changes nothing', async () => {
  const { world, erase } = await setUp();
  await erase();
  const rows = world.memory.rows();
  expect(await erase()).toEqual({ records: [4], erased: 0 });
  expect(world.memory.rows()).toEqual(rows);
});

test('broken off before and after each call: the same call goes on, with one record', async () => {
  for (let broken = 1; ; broken += 1) {
    const { world, erase } = await setUp();
    let calls = 0;
    const disturb = () => {
      calls += 1;
      if (calls === broken) throw connectionReset();
    };
    const isBroken = await erase({}, { before: disturb, after: disturb }).then(
      () => false,
      () => true,
    );
    await erase();
    expect(recordsIn(world)).toHaveLength(1);
    expect(JSON.stringify(world.memory.rows())).not.toMatch(/Alice|closed!/);
    expect(world.texts.size).toBe(0);
    expect((await world.run()).contradictions).toEqual([]);
    if (!isBroken) {
      expect(broken).toBeGreaterThan(8);
      return;
    }
  }
});

describe('refuses all of it when one body has to stay', () => {
  test.each<[string, Partial<ErasureRequest>, RegExp, ((world: World) => Promise<unknown>)?]>([
    ['its retention is not over', { retentionInDays: 32 }, /entry 2 .*retention is not over/],
    ['the retention is none', { retentionInDays: 0 }, /expected 30 days or more, and it is 0/],
    ['the retention is too short', { retentionInDays: 29 }, /expected 30 days or more/],
    ['there is no such entry', { sequences: [2, 9] }, /entry 9 .*no such entry/],
    [
      'its case is open',
      { sequences: [2, 4] },
      /entry 4 .*case "case-2" is open/,
      async (world) => {
        await world.ledger.append(unitOf({ name: 'two', id: 'case-2' }, 'absent', ['case-opened']));
        world.clock.advance(31 * 86_400_000);
      },
    ],
    [
      'it tells what the head holds',
      { sequences: [2, 4] },
      /entry 4 .*head/,
      async (world) => {
        const entries = [anyEntry({ kind: 'baseline-completed', body: { payload: {} } })];
        await world.ledger.append({ chain, entries, cases: [], head: { baseline: true } });
        world.clock.advance(31 * 86_400_000);
      },
    ],
  ])('%s', async (_, change, message, prepare) => {
    const { world, erase } = await setUp();
    await prepare?.(world);
    const rows = world.memory.rows();
    await expect(erase(change)).rejects.toThrow(message);
    expect(world.memory.rows()).toEqual(rows);
  });

  test('it is the record of an erasure', async () => {
    const { world, erase } = await setUp();
    await erase();
    world.clock.advance(31 * 86_400_000);
    await expect(erase({ sequences: [4] })).rejects.toThrow(/entry 4 .*record of an erasure/);
  });
});

test('the case that opens again afterwards is another one, and open', async () => {
  const { world, append, erase } = await setUp();
  await erase();
  await append(unitOf({ ...life, id: 'case-2' }, 'absent', ['case-opened']));
  expect(await world.row(chain, `open!${keyOf('one')}`)).toMatchObject({ caseId: 'case-2' });
});

test('interrupted between two bodies, it says what was done, and the same call goes on', async () => {
  const { world, erase } = await setUp();
  const { table, bodies, ledger, clock } = world;
  const controller = new AbortController();
  const deleteBody = async (hash: string) => {
    controller.abort(new Error('interrupted'));
    await bodies.deleteBody(hash);
  };
  const parts = { table, bodies: { ...bodies, deleteBody }, ledger, clock, signal: controller.signal };
  await expect(eraseBodies(parts, request)).rejects.toThrow(/is recorded, and 1 of 2 bodies are gone/);
  expect(await erase()).toEqual({ records: [4], erased: 1 });
});

test('interrupted before anything, nothing is recorded', async () => {
  const { world } = await setUp();
  const { table, bodies, ledger, clock } = world;
  const signal = AbortSignal.abort(new Error('interrupted'));
  await expect(eraseBodies({ table, bodies, ledger, clock, signal }, request)).rejects.toThrow(
    /nothing was recorded/,
  );
  expect(recordsIn(world)).toEqual([]);
});
