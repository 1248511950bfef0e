import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { OpenLedgerRecords } from '../../cli/open-records.ts';
import { openHalts } from '../../shared/ledger/checkpoints/halts.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { World } from '../shared/ledger/checkpoints/world.ts';
import { newFolder, run } from './run.ts';

const places = ['--tables', 'https://tables.example', '--blobs', 'https://blobs.example'];
const erasure: string[] = [
  '--chain',
  'service',
  '--retention-days',
  '30',
  '--reason',
  'asked',
  '--authority',
  'officer',
];

function opened(world: World, memory: MemoryTable = world.memory): OpenLedgerRecords {
  const files = world.files.client();
  return () =>
    Promise.resolve({
      ledger: world.ledger,
      halts: openHalts(files, world.clock),
      evidence: { table: memory.client(), bodies: world.bodies, files },
      work: undefined as never,
      policyFiles: undefined as never,
      killSwitch: undefined as never,
      notices: undefined as never,
      unreadableEvents: undefined as never,
      switchFile: undefined as never,
      sweeps: undefined as never,
      names: undefined as never,
    });
}

test('erases, and refuses with the reason', async () => {
  const world = new World();
  await world.note('service', 'Alice');
  const context = { openRecords: opened(world), clock: world.clock };
  const line = ['ledger', 'erase', ...places, ...erasure, '--sequence', '1'];
  expect(await run(line, context)).toMatchObject({
    code: 3,
    told: expect.stringContaining('retention is not over') as string,
  });
  world.clock.advance(31 * 86_400_000);
  expect(await run(line, context)).toMatchObject({ code: 0, out: '1 bodies erased; recorded in entry 2\n' });
  expect(JSON.stringify(world.memory.rows())).not.toContain('Alice');
});

test('rebuilds from a folder, into an empty table only', async () => {
  const world = new World();
  for (const chain of ['service', 'tenant', 'service']) await world.note(chain);
  await world.run();
  const folder = newFolder();
  for (const [name, text] of world.files.texts) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const key = join(folder, 'key.pem');
  await writeFile(key, world.key.material.export({ type: 'spki', format: 'pem' }));
  const memory = new MemoryTable();
  const line = ['ledger', 'rebuild', folder, '--public-key', key, ...places];
  expect(await run(line, { openRecords: opened(world, memory) })).toMatchObject({
    code: 0,
    out: 'service: 2 entries\ntenant: 1 entries\nMade anew as checkpoint 1 vouches for it\n',
  });
  expect(memory.rows()).toHaveLength(world.memory.rows().length);
  expect(await run(line, { openRecords: opened(world, memory) })).toMatchObject({
    code: 3,
    told: expect.stringContaining('it has rows already') as string,
  });
});

test('lets changes go on, and says when they were not stopped', async () => {
  const world = new World();
  const line = ['ledger', 'resume', ...places, '--reason', 'understood', '--actor', 'someone'];
  const context = { openRecords: opened(world) };
  expect(await run(line, context)).toMatchObject({ code: 0, out: 'Changes are not stopped\n' });
  await openHalts(world.files.client(), world.clock).halt([{ kind: 'head-missing', at: 1 }]);
  expect(await run(line, context)).toMatchObject({ out: 'Halt 1 is over; changes go on within 30 s\n' });
  expect(world.files.texts.get('halts/0000000001-resumed.json')).toContain('"actor":"someone"');
});

test('erases nothing that is younger than a month, whoever asks', async () => {
  const world = new World();
  await world.note('service', 'Alice');
  const line = ['ledger', 'erase', ...places, ...erasure.with(3, '0'), '--sequence', '1'];
  const { code, told } = await run(line, { openRecords: opened(world), clock: world.clock });
  expect(told).toContain('expected 30 days or more');
  expect(code).toBe(2);
  expect(world.memory.rows().filter(({ rowKey }) => rowKey?.startsWith('entry!'))).toHaveLength(1);
});

test.each([
  ['erase', [...erasure, '--sequence', '1'], /nothing was recorded/],
  ['resume', ['--reason', 'understood', '--actor', 'someone'], /changes are as they were/],
])('%s ends at a safe point when it is interrupted', async (name, rest, message) => {
  const world = new World();
  await world.note('service', 'Alice');
  world.clock.advance(31 * 86_400_000);
  await openHalts(world.files.client(), world.clock).halt([{ kind: 'head-missing', at: 1 }]);
  const [rows, files] = [world.memory.rows(), world.files.names('')];
  const controller = new AbortController();
  const openRecords: OpenLedgerRecords = (endpoints) => {
    controller.abort(new Error('interrupted'));
    return opened(world)(endpoints);
  };
  const line = ['ledger', name, ...places, ...rest];
  const { code, told } = await run(line, { openRecords, clock: world.clock, signal: controller.signal });
  expect(told).toMatch(message);
  expect(code).toBe(3);
  expect(world.memory.rows()).toEqual(rows);
  expect(world.files.names('')).toEqual(files);
});
