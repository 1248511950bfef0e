import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eraseBodies } from '../../../shared/ledger/erase-body.ts';
import { checkpointText, makeCheckpoint, signedText } from '../../../shared/ledger/format/checkpoint.ts';
import type { Header } from '../../../shared/ledger/format/entry.ts';
import { makeErasure } from '../../../shared/ledger/format/erasure.ts';
import { canonicalJson, sha256 } from '../../../shared/ledger/format/json.ts';
import { caseKey, entryKey, headKey } from '../../../shared/ledger/format/keys.ts';
import { rebuildTable, type RebuildParts } from '../../../shared/ledger/rebuild.ts';
import type { Row } from '../../../shared/ledger/table.ts';
import { localKey } from '../../support/local-key.ts';
import { madeCheckpoints, madeKey } from '../../support/made-ledger.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { appendRandomly } from '../../support/random-ledger.ts';
import { readRawChain } from '../../support/read-raw-chain.ts';
import { World } from './checkpoints/world.ts';
import { runs } from '../../support/effort.ts';

const chains = ['00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-0000000000c2', 'service'];

/** The world's files, and an empty table to make from them. */
function target(world: World) {
  const memory = new MemoryTable();
  const texts = new Map<string, string>();
  const parts: RebuildParts = {
    checkpoints: world.files.names('checkpoints/').map((name) => world.files.texts.get(name)!),
    readSegmentFile: (name) => Promise.resolve(world.files.texts.get(name)),
    publicKeys: [world.key.material],
    table: memory.client(),
    bodies: {
      putBody: (hash, text) => Promise.resolve(void texts.set(hash, text)),
      getBody: (hash) => Promise.resolve(texts.get(hash)),
    },
  };
  return { memory, texts, parts };
}

/** A row as the law compares it: ETags, and what the head counts and knows of the last commit, do not come back. */
function comparable({ etag: _etag, ...row }: Row): object {
  if (row.rowKey !== headKey) {
    return row;
  }
  const { commit: _commit, hour: _hour, changes: _changes, ...head } = row;
  return head;
}

async function randomWorld(choices: Iterator<number>, withErasures: boolean): Promise<World> {
  const world = new World();
  const choose = (): number => choices.next().value as number;
  for (let round = 0; round < 3; round += 1) {
    await appendRandomly(world.ledger, chains, 12, choose);
    await world.run({ bounds: { entries: 4, text: 1_000_000 } });
    if (withErasures) {
      world.clock.advance(30 * 86_400_000);
      await eraseSome(world, choose);
      await world.run();
    }
  }
  return world;
}

/** Erases what may be erased of some entries. */
async function eraseSome(world: World, choose: () => number): Promise<void> {
  const { table, bodies, ledger, clock } = world;
  for (const row of world.memory.rows().filter(({ rowKey }) => rowKey?.startsWith('entry!'))) {
    if (choose() % 3 === 0) {
      const { chain, sequence } = JSON.parse(String(row.header)) as { chain: string; sequence: number };
      const request = {
        chain,
        sequences: [sequence],
        reason: 'past',
        authority: 'officer',
        retentionInDays: 30,
      };
      await eraseBodies({ table, bodies, ledger, clock }, request).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'request-refused' });
      });
    }
  }
}

test.each([
  ['a ledger', false],
  ['a ledger with erased bodies', true],
])('%s that is made from its segments has the same rows', async (_, withErasures) => {
  let erased = 0;
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat(1_000)), async (stream) => {
      const world = await randomWorld(stream[Symbol.iterator](), withErasures);
      const { memory, texts, parts } = target(world);
      const rebuilt = await rebuildTable(parts);
      expect(rebuilt.checkpoint).toBe(world.checkpointCount());
      expect(memory.rows().map(comparable)).toEqual(world.memory.rows().map(comparable));
      expect(texts).toEqual(world.texts);
      erased += world.memory.rows().filter(({ bodyIn }) => bodyIn === 'erased').length;
      if (!withErasures) {
        for (const chain of chains) expect(readRawChain(chain, memory.rows(), texts).problems).toEqual([]);
      }
      // The ledger goes on where it was, and the next checkpoint follows.
      world.memory.replaceRows(memory.rows());
      await world.note('service');
      expect((await world.run()).contradictions).toEqual([]);
      world.judge();
    }),
    { numRuns: runs(7) },
  );
  expect(erased > 0).toBe(withErasures);
});

describe('refuses, with nothing written,', () => {
  const made = async () => {
    const world = new World();
    for (let round = 0; round < 2; round += 1) {
      for (const chain of chains) await world.note(chain, `text ${round}`);
      await world.run();
    }
    return world;
  };
  const segment = `segments/${chains[0]}/${'1'.padStart(16, '0')}-${'1'.padStart(16, '0')}.ndjson`;

  test.each<[string, (parts: RebuildParts, world: World) => Partial<RebuildParts> | undefined, RegExp]>([
    ['no checkpoint', () => ({ checkpoints: [] }), /there is no checkpoint/],
    [
      'a checkpoint too few',
      ({ checkpoints }) => ({ checkpoints: [...(checkpoints as string[])].slice(1) }),
      /does not follow/,
    ],
    ['another key', () => ({ publicKeys: [localKey().material] }), /not signed/],
    ['a missing segment', (_, world) => void world.files.texts.delete(segment), /is missing/],
    [
      'an altered segment',
      (_, world) =>
        void world.files.texts.set(
          segment,
          world.files.texts.get(segment)!.replace('"createdAt":"2026', '"createdAt":"2025'),
        ),
      /is not the one that its checkpoint names/,
    ],
  ])('%s', async (_, change, message) => {
    const world = await made();
    const { memory, parts } = target(world);
    const all = { ...parts, ...change(parts, world) };
    await expect(rebuildTable(all)).rejects.toThrow(message);
    expect(memory.rows()).toEqual([]);
  });

  test('segments that do not lead to what was signed', async () => {
    const world = await made();
    const { memory, parts } = target(world);
    const [first] = world.checkpoints();
    const chainsOf = first!.chains.map((each) => ({ ...each, hash: 'a'.repeat(64) }));
    const wrong = makeCheckpoint(undefined, { ...first!, chains: chainsOf });
    const signature = { algorithm: 'ES256' as const, ...(await world.key.sign(signedText(wrong))) };
    const checkpoints = [checkpointText(wrong, signature)];
    await expect(rebuildTable({ ...parts, checkpoints })).rejects.toThrow(/do not lead to/);
    expect(memory.rows()).toEqual([]);
  });

  /** Signs a chain as it is, as a checkpointer did that looked at nothing but links. */
  async function signedBlindly(make: (world: World) => Promise<void>) {
    const world = new World();
    await make(world);
    const entries = world.memory
      .rows()
      .filter(({ rowKey }) => rowKey?.startsWith('entry!'))
      .map((row) => {
        const header = JSON.parse(String(row.header)) as Header;
        return {
          header,
          text: String(row.header),
          hash: sha256(String(row.header)),
          bodyText: String(row.body0),
        };
      });
    const key = madeKey();
    const { texts, segments } = madeCheckpoints({ tenant: entries }, [100], key);
    const { memory, parts } = target(world);
    return {
      memory,
      parts: {
        ...parts,
        checkpoints: texts.map(({ text }) => text),
        readSegmentFile: (name: string) => Promise.resolve(segments[name]),
        publicKeys: [key.publicKey],
      },
    };
  }
  const bodyOf = (payload: object, row?: object): string =>
    canonicalJson({ salt: 'a'.repeat(32), payload, ...(row && { row }) });
  const recordOf = (sequence: number, bodyHash: string): string =>
    bodyOf(makeErasure({ entries: [{ sequence, bodyHash }], reason: 'reason', authority: 'officer' }));
  const row = { key: caseKey('/a', '/a', 'control'), data: {} };
  const hashOf = async (world: World, sequence: number): Promise<string> =>
    (JSON.parse(String((await world.row('tenant', entryKey(sequence))).header)) as Header).bodyHash;

  test.each<[string, (world: World) => Promise<void>, RegExp]>([
    [
      'an illegal move',
      (world) => world.plant('tenant', 'case-closed', 'case-1', bodyOf({}, row)),
      /entry 2 of chain "tenant": "case-closed": illegal-move/,
    ],
    [
      'a kind that is none',
      (world) => world.plant('tenant', 'something-else', null, bodyOf({})),
      /entry 2 of chain "tenant": "something-else": unknown-kind/,
    ],
    [
      'a body that is none',
      (world) => world.plant('tenant', 'signal-received', null, '{"x":1}'),
      /entry 2 of chain "tenant": Cannot read the body/,
    ],
    [
      'a record of an erasure with another hash',
      (world) => world.plant('tenant', 'body-erased', null, recordOf(1, 'f'.repeat(64))),
      /entry 2 of chain "tenant": it records an erasure of entry 1 with another hash/,
    ],
    [
      'a record that names a later entry',
      async (world) => {
        await world.plant('tenant', 'body-erased', null, recordOf(3, 'f'.repeat(64)));
        await world.note('tenant');
      },
      /entry 2 of chain "tenant": it records the erasure of entry 3, which does not come before it/,
    ],
    [
      'a record that takes the row of an open case',
      async (world) => {
        await world.plant('tenant', 'case-opened', 'case-1', bodyOf({}, row));
        await world.plant('tenant', 'body-erased', null, recordOf(2, await hashOf(world, 2)));
      },
      /entry 2 of chain "tenant": its case "case-1" is open, and no body tells its row/,
    ],
    [
      'an open case without a row',
      (world) => world.plant('tenant', 'case-opened', 'case-1', bodyOf({})),
      /entry 2 of chain "tenant": its case "case-1" is open, and no body tells its row/,
    ],
    [
      'a record that takes what the head holds',
      async (world) => {
        const body = { payload: {} };
        await world.ledger.append({
          chain: 'tenant',
          entries: [{ kind: 'baseline-started', body }],
          cases: [],
          head: { baseline: 'begun' },
        });
        await world.plant('tenant', 'body-erased', null, recordOf(2, await hashOf(world, 2)));
      },
      /entry 2 of chain "tenant": it tells what the head holds/,
    ],
    [
      'a record that takes another record',
      async (world) => {
        await world.plant('tenant', 'body-erased', null, recordOf(1, await hashOf(world, 1)));
        await world.plant('tenant', 'body-erased', null, recordOf(2, await hashOf(world, 2)));
      },
      /entry 2 of chain "tenant": it records an erasure, and is said to be erased itself/,
    ],
  ])('%s, though it was signed', async (_, act, message) => {
    const { memory, parts } = await signedBlindly(async (world) => {
      await world.note('tenant');
      await act(world);
    });
    await expect(rebuildTable(parts)).rejects.toThrow(message);
    expect(memory.rows()).toEqual([]);
  });

  test('a body that is gone without a record', async () => {
    const world = new World();
    await world.note('tenant');
    const { memory, parts } = target(world);
    await world.run();
    const [name] = world.files.names('segments/');
    const text = world.files.texts.get(name!)!.replace(/"body":\{.*?\},"header"/, '"erased":{},"header"');
    const [first] = world.checkpoints();
    const segments = first!.segments.map((each) => ({ ...each, sha256: sha256(text) }));
    const wrong = makeCheckpoint(undefined, { ...first!, segments });
    const signature = { algorithm: 'ES256' as const, ...(await world.key.sign(signedText(wrong))) };
    const all = {
      ...parts,
      checkpoints: [checkpointText(wrong, signature)],
      readSegmentFile: () => Promise.resolve(text),
    };
    await expect(rebuildTable(all)).rejects.toThrow(/entry 1 of chain "tenant": its body is gone/);
    expect(memory.rows()).toEqual([]);
  });

  test('being interrupted before the first row', async () => {
    const world = await made();
    const { memory, parts } = target(world);
    const signal = AbortSignal.abort(new Error('interrupted'));
    await expect(rebuildTable({ ...parts, signal })).rejects.toThrow(/nothing was written/);
    expect(memory.rows()).toEqual([]);
  });

  test('a chain that is there', async () => {
    const world = await made();
    const { memory, parts } = target(world);
    await parts.table.createEntity({ partitionKey: chains[1]!, rowKey: 'open!x' });
    await expect(rebuildTable(parts)).rejects.toMatchObject({ code: 'request-refused' });
    expect(memory.rows()).toHaveLength(1);
  });
});

test('interrupted in the middle, it says so and where to begin again', async () => {
  const world = new World();
  for (const chain of [...chains, ...chains]) await world.note(chain);
  await world.run();
  const { parts } = target(world);
  const controller = new AbortController();
  let reads = 0;
  const readSegmentFile = (name: string) => {
    reads += 1;
    // Each of the three segments is read twice; the last time, the first two chains are written.
    if (reads === 6) controller.abort(new Error('interrupted'));
    return parts.readSegmentFile(name);
  };
  await expect(rebuildTable({ ...parts, readSegmentFile, signal: controller.signal })).rejects.toThrow(
    /interrupted after 4 entries were written: begin again with an empty table/,
  );
});
