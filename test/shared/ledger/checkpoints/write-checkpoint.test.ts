import { describe, expect, test } from 'vitest';
import { segmentName } from '../../../../shared/ledger/format/segment.ts';
import { entryKey, headKey } from '../../../../shared/ledger/format/keys.ts';
import { canonicalJson } from '../../../../shared/ledger/format/json.ts';
import { makeErasure } from '../../../../shared/ledger/format/erasure.ts';
import { eraseBodies } from '../../../../shared/ledger/erase-body.ts';
import type { CheckpointMemory } from '../../../../shared/ledger/checkpoints/write-checkpoint.ts';
import { MemoryFiles } from '../../../support/memory-files.ts';
import { chain as ofCases, unitOf } from '../ledger-contract.ts';
import { localKey } from '../../../support/local-key.ts';
import { connectionReset } from '../../../support/memory-table.ts';
import { World } from './world.ts';

const [one, two] = ['00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-0000000000c2'] as const;
const minute = 60_000;

test('an empty ledger has no checkpoint', async () => {
  const world = new World();
  expect(await world.run()).toEqual({ outcome: 'nothing-new', number: 0, entries: 0, contradictions: [] });
  expect(world.files.texts.size).toBe(0);
});

test('every chain is vouched for, whoever wrote it, with what is new in it', async () => {
  const world = new World();
  for (const chain of [one, two, 'service', one]) await world.note(chain);
  expect(await world.run()).toMatchObject({ outcome: 'written', number: 1, entries: 4 });
  await world.note(two);
  await world.note('tenant');
  expect(await world.run()).toMatchObject({ outcome: 'written', number: 2, entries: 2 });
  expect(world.checkpoints()[1]).toMatchObject({
    chains: [
      { chain: one, sequence: 2 },
      { chain: two, sequence: 2 },
      { chain: 'service', sequence: 1 },
      { chain: 'tenant', sequence: 1 },
    ],
    segments: [
      { chain: two, from: 2, to: 2, name: segmentName(two, 2, 2) },
      { chain: 'tenant', from: 1, to: 1 },
    ],
  });
  world.judge();
});

test('without news there is a checkpoint an hour', async () => {
  const world = new World();
  await world.note(one);
  await world.run();
  world.clock.advance(59 * minute);
  expect(await world.run()).toMatchObject({ outcome: 'nothing-new', number: 1 });
  world.clock.advance(minute);
  expect(await world.run()).toMatchObject({ outcome: 'written', number: 2, entries: 0 });
  world.judge();
});

test('what is large is cut into segments, and bodies in blobs are in them', async () => {
  const world = new World();
  for (let count = 0; count < 7; count += 1) await world.note(one, 'x'.repeat(count === 3 ? 300_000 : 10));
  expect(world.texts.size).toBe(1);
  expect(await world.run({ bounds: { entries: 3, text: 100_000 } })).toMatchObject({ entries: 7 });
  const [checkpoint] = world.checkpoints();
  expect(checkpoint?.segments.map(({ from, to }) => [from, to])).toEqual([
    [1, 3],
    [4, 4],
    [5, 7],
  ]);
  expect(world.files.texts.get(segmentName(one, 4, 4))).toContain('x'.repeat(300_000));
  world.judge();
});

test('two writers cannot fork: each number is given once', async () => {
  const world = new World();
  await world.note(one);
  for (let round = 0; round < 5; round += 1) {
    await world.note(one);
    const runs = await Promise.all([world.run(), world.run(), world.run()]);
    expect(runs.filter(({ outcome }) => outcome === 'written')).toHaveLength(1);
  }
  expect(world.checkpoints()).toHaveLength(5);
  world.judge();
});

test('broken off before and after each call: the next run goes on', async () => {
  for (let broken = 1; ; broken += 1) {
    const world = new World();
    for (const chain of [one, two, one]) await world.note(chain);
    await world.run();
    for (const chain of [one, 'service', one]) await world.note(chain);
    let calls = 0;
    const disturb = () => {
      calls += 1;
      if (calls === broken) throw connectionReset();
    };
    const key = {
      ...world.key,
      sign: async (text: string) => {
        disturb();
        const signed = await world.key.sign(text);
        disturb();
        return signed;
      },
    };
    const run = world.run({ files: world.files.client(disturb), key });
    const isBroken = await run.then(
      () => false,
      () => true,
    );
    await world.note(two);
    expect((await world.run()).contradictions).toEqual([]);
    expect(
      world
        .checkpoints()
        .at(-1)
        ?.chains.map(({ sequence }) => sequence),
    ).toEqual([4, 2, 1]);
    world.judge();
    if (!isBroken) {
      expect(broken).toBeGreaterThan(10);
      return;
    }
  }
});

test('a clock that went back does not stop the checkpoints', async () => {
  const world = new World();
  await world.note(one);
  await world.run();
  world.clock.advance(-10 * minute);
  await world.note(one);
  expect(await world.run()).toMatchObject({ outcome: 'written', number: 2 });
  world.judge();
});

const bodyOf = (payload: object): string => canonicalJson({ salt: 'a'.repeat(32), payload });
const recordOf = (entries: { sequence: number; bodyHash: string }[]): string =>
  bodyOf(makeErasure({ entries, reason: 'reason', authority: 'officer' }));

/** A segment without bodies whose last line counts right. */
const stripped = (text: string, body: RegExp, instead: string, left: number): string =>
  text.replace(body, instead).replace('"bodies":2', `"bodies":${left}`);

/** Lays a changed copy of the segment that the next run would write to where it would go. */
async function lay(world: World, change: (text: string) => string): Promise<void> {
  const name = segmentName(one, 4, 5);
  const other = new MemoryFiles();
  for (const [each, text] of world.files.texts) other.texts.set(each, text);
  await world.run({ files: other.client() });
  const text = other.texts.get(name)!;
  world.files.texts.set(name, change(text));
  expect(world.files.texts.get(name)).not.toBe(text);
}

const cases: [string, (world: World) => Promise<unknown>, object][] = [
  [
    'the head is gone',
    (world) => world.tamper(one, headKey, () => undefined),
    { kind: 'head-missing', at: 3 },
  ],
  [
    'the head went back',
    (world) => world.tamper(one, headKey, (row) => ({ ...row, sequence: 2 })),
    { kind: 'chain-shrunk', at: 2 },
  ],
  [
    'the head names another entry',
    (world) => world.tamper(one, headKey, (row) => ({ ...row, hash: 'a'.repeat(64) })),
    { kind: 'head-altered', at: 5 },
  ],
  [
    'the head cannot be read',
    (world) => world.tamper(one, headKey, (row) => ({ ...row, sequence: 'five' })),
    { kind: 'head-altered', at: 3 },
  ],
  [
    'the entry that was vouched for is another one',
    (world) =>
      world.tamper(one, entryKey(3), (row) => ({
        ...row,
        header: String(row.header).replace('signal-received', 'work-failed'),
      })),
    { kind: 'chain-changed', at: 3 },
  ],
  [
    'the entry that was vouched for is gone',
    (world) => world.tamper(one, entryKey(3), () => undefined),
    { kind: 'entry-missing', at: 3 },
  ],
  [
    'a new entry is gone',
    (world) => world.tamper(one, entryKey(4), () => undefined),
    { kind: 'entry-missing', at: 4 },
  ],
  [
    'the last entry is gone',
    (world) => world.tamper(one, entryKey(5), () => undefined),
    { kind: 'entry-missing', at: 5 },
  ],
  [
    'a new entry does not follow',
    (world) =>
      world.tamper(one, entryKey(4), (row) => ({
        ...row,
        header: String(row.header).replace(/"previous":"./, '"previous":"g'),
      })),
    { kind: 'entry-altered', at: 4 },
  ],
  [
    'the last entry has another time',
    (world) =>
      world.tamper(one, entryKey(5), (row) => ({
        ...row,
        header: String(row.header).replace('2026', '2025'),
      })),
    { kind: 'head-altered', at: 5 },
  ],
  [
    'a body is another one',
    (world) =>
      world.tamper(one, entryKey(4), (row) => ({
        ...row,
        body0: String(row.body0).replace('something', 'nothing'),
      })),
    { kind: 'body-altered', at: 4 },
  ],
  [
    'a body is missing',
    (world) => world.tamper(one, entryKey(4), ({ body0: _gone, ...row }) => row),
    { kind: 'body-missing', at: 4 },
  ],
  [
    'a body is said to be erased',
    (world) =>
      world.tamper(one, entryKey(4), ({ body0: _gone, ...row }) => ({
        ...row,
        bodyIn: 'erased',
        erasedBy: 5,
      })),
    { kind: 'erasure-unrecorded', at: 4 },
  ],
  [
    'something else lies where the segment goes',
    (world) => Promise.resolve(void world.files.texts.set(segmentName(one, 4, 5), 'planted')),
    { kind: 'segment-altered', at: 4 },
  ],
  [
    'a segment lies there that lacks the bodies',
    (world) => lay(world, (text) => stripped(text, /"body":\{.*?\},"header"/g, '"erased":{},"header"', 0)),
    { kind: 'segment-altered', at: 4 },
  ],
  [
    'a segment lies there that says of a body that it was erased',
    (world) =>
      lay(world, (text) => stripped(text, /"body":\{.*?\},"header"/, '"erased":{"record":5},"header"', 1)),
    { kind: 'segment-altered', at: 4 },
  ],
  [
    'a segment lies there whose last line counts wrong',
    (world) => lay(world, (text) => text.replace('"entries":2', '"entries":3')),
    { kind: 'segment-altered', at: 4 },
  ],
  [
    'a segment lies there that claims another time',
    (world) => lay(world, (text) => text.replace('"createdAt":"2026', '"createdAt":"2025')),
    { kind: 'segment-altered', at: 4 },
  ],
  [
    'a planted entry closes a case that was never opened',
    (world) => world.plant(one, 'case-closed', 'never-opened', bodyOf({})),
    { kind: 'move-illegal', at: 6 },
  ],
  [
    'a planted entry is of no known kind',
    (world) => world.plant(one, 'something-else', null, bodyOf({})),
    { kind: 'move-illegal', at: 6 },
  ],
  [
    'a planted entry says what is no body',
    (world) => world.plant(one, 'signal-received', null, '{"x":1}'),
    { kind: 'body-malformed', at: 6 },
  ],
  [
    'a planted record of an erasure names nothing',
    (world) => world.plant(one, 'body-erased', null, bodyOf({ entries: [] })),
    { kind: 'body-malformed', at: 6 },
  ],
  [
    'a planted record names another body than the entry had',
    (world) => world.plant(one, 'body-erased', null, recordOf([{ sequence: 2, bodyHash: 'a'.repeat(64) }])),
    { kind: 'erasure-untrue', at: 6 },
  ],
  [
    'a planted record names an entry that comes later',
    (world) => world.plant(one, 'body-erased', null, recordOf([{ sequence: 9, bodyHash: 'a'.repeat(64) }])),
    { kind: 'erasure-untrue', at: 6 },
  ],
  [
    'an older entry that was vouched for is gone',
    (world) => world.tamper(one, entryKey(2), () => undefined),
    { kind: 'entry-missing', at: 2 },
  ],
  [
    'an older entry that was vouched for is another one',
    (world) =>
      world.tamper(one, entryKey(2), (row) => ({
        ...row,
        header: String(row.header).replace('2026', '2025'),
      })),
    { kind: 'entry-altered', at: 3 },
  ],
];

test.each(cases)('%s: contradicted, and the other chains are vouched for', async (_, act, expected) => {
  const world = new World();
  for (const chain of [one, one, one, two]) await world.note(chain);
  await world.run();
  for (const chain of [one, one, two]) await world.note(chain);
  await act(world);
  const run = await world.run();
  expect(run).toMatchObject({ outcome: 'written', contradictions: [{ chain: one, ...expected }] });
  expect(world.checkpoints().at(-1)?.chains).toMatchObject([
    { chain: one, sequence: 3 },
    { chain: two, sequence: 2 },
  ]);
  world.judge();
});

test('a chain that is altered before its first checkpoint is left out', async () => {
  const world = new World();
  await world.note(one);
  await world.note(two);
  await world.tamper(one, entryKey(1), () => undefined);
  expect(await world.run()).toMatchObject({
    outcome: 'written',
    contradictions: [{ kind: 'entry-missing', chain: one, at: 1 }],
  });
  expect(world.checkpoints()[0]?.chains).toMatchObject([{ chain: two }]);
});

const second = 'checkpoints/0000000002.json';
const forgeries: [string, (world: World) => void][] = [
  [
    'is altered',
    (world) => world.files.texts.set(second, String(world.files.texts.get(second)).replace('2026', '2025')),
  ],
  ['is no checkpoint', (world) => world.files.texts.set(second, '{}')],
  ['is gone', (world) => world.files.texts.delete(second)],
  [
    'is another number',
    (world) => world.files.texts.set('checkpoints/0000000003.json', world.files.texts.get(second)!),
  ],
];

test.each(forgeries)('a last checkpoint that %s: nothing is vouched for', async (_, act) => {
  const world = new World();
  for (let count = 0; count < 2; count += 1) {
    await world.note(one);
    await world.run();
  }
  act(world);
  await world.note(one);
  const before = world.checkpointCount();
  const run = await world.run({}, { known: 2, chains: new Map() });
  expect(run).toMatchObject({ outcome: 'nothing-new', contradictions: [{ kind: 'checkpoint-altered' }] });
  expect(world.checkpointCount()).toBe(before);
});

test('a last checkpoint that another key signed: nothing is vouched for', async () => {
  const world = new World();
  await world.note(one);
  await world.run({ key: localKey() });
  const run = await world.run();
  expect(run).toMatchObject({ contradictions: [{ kind: 'checkpoint-altered', at: 1 }] });
});

test('a key that signs something else writes nothing', async () => {
  const world = new World();
  await world.note(one);
  const key = { ...world.key, sign: () => world.key.sign('something else') };
  await expect(world.run({ key })).rejects.toMatchObject({ code: 'internal-error' });
  expect(world.checkpointCount()).toBe(0);
});

test('a segment of a run that was broken off may hold a body that was erased since', async () => {
  const world = new World();
  await world.note(one, 'Alice');
  await world.note(one);
  const key = { ...world.key, sign: () => Promise.reject(connectionReset()) };
  await expect(world.run({ key })).rejects.toThrow();
  world.clock.advance(31 * 24 * 60 * minute);
  const { table, bodies, ledger, clock } = world;
  const request = { chain: one, sequences: [1], reason: 'past', authority: 'officer', retentionInDays: 30 };
  await eraseBodies({ table, bodies, ledger, clock }, request);
  expect(await world.run({ bounds: { entries: 2, text: 1_000_000 } })).toMatchObject({
    outcome: 'written',
    contradictions: [],
  });
  expect(world.files.texts.get(segmentName(one, 1, 2))).toContain('Alice');
  world.judge();
});

describe('a process that goes on', () => {
  const life = { name: 'one', id: 'case-1' };
  const newMemory = (): CheckpointMemory => ({ chains: new Map() });

  test('knows the cases that its own runs and those of others vouched for', async () => {
    const world = new World();
    const memory = newMemory();
    await world.ledger.append(unitOf(life, 'absent', ['case-opened']));
    await world.run({}, memory);
    await world.ledger.append(unitOf(life, 1, ['case-held']));
    await world.run();
    await world.ledger.append(unitOf(life, 2, ['case-closed']));
    expect(await world.run({}, memory)).toMatchObject({ number: 3, contradictions: [] });
    await world.plant(ofCases, 'case-observed', 'case-1', bodyOf({}));
    for (const each of [memory, newMemory()]) {
      expect(await world.run({}, each)).toMatchObject({ contradictions: [{ kind: 'move-illegal', at: 4 }] });
    }
    world.judge();
  });

  test('does not count what it saw and did not vouch for', async () => {
    const world = new World();
    const memory = newMemory();
    await world.ledger.append(unitOf(life, 'absent', ['case-opened']));
    const key = { ...world.key, sign: () => Promise.reject(connectionReset()) };
    for (let round = 0; round < 2; round += 1) {
      await expect(world.run({ key }, memory)).rejects.toThrow();
    }
    await world.ledger.append(unitOf(life, 1, ['case-closed']));
    expect(await world.run({}, memory)).toMatchObject({ entries: 2, contradictions: [] });
    world.judge();
  });

  test.each([
    ['a body', entryKey(2), 'body-altered', 2],
    ['an entry', entryKey(5), 'entry-missing', 5],
  ])('finds %s that was tampered with long after it was vouched for', async (what, rowKey, kind, at) => {
    for (const random of [0, 0.4, 0.99]) {
      const world = new World();
      const memory = newMemory();
      const parts = {
        lookBack: { entries: 3, text: 1_000_000 },
        clock: Object.assign(world.clock, { random: () => random }),
      };
      for (let count = 0; count < 10; count += 1) await world.note(one);
      for (let count = 0; count < 9; count += 1) {
        expect((await world.run(parts, memory)).contradictions).toEqual([]);
      }
      await world.tamper(one, rowKey, (row) =>
        what === 'a body' ? { ...row, body0: String(row.body0).replace('something', 'nothing') } : undefined,
      );
      const found = [];
      for (let count = 0; count < 5; count += 1) {
        found.push(...(await world.run(parts, memory)).contradictions);
      }
      expect(found.at(0)).toEqual({ kind, chain: one, at });
      // What stands is found each time, and what is new is not vouched for.
      await world.note(one);
      expect(await world.run(parts, memory)).toMatchObject({ contradictions: [{ kind }] });
      expect(world.checkpoints().at(-1)?.chains).toMatchObject([{ sequence: 10 }]);
    }
  });

  test('takes a body that was erased for what it is', async () => {
    const world = new World();
    const memory = newMemory();
    for (let count = 0; count < 3; count += 1) await world.note(one);
    await world.run({}, memory);
    world.clock.advance(31 * 24 * 60 * minute);
    const { table, bodies, ledger, clock } = world;
    const request = { chain: one, sequences: [2], reason: 'past', authority: 'officer', retentionInDays: 30 };
    await eraseBodies({ table, bodies, ledger, clock }, request);
    for (let count = 0; count < 3; count += 1) {
      expect((await world.run({}, memory)).contradictions).toEqual([]);
    }
  });
});
