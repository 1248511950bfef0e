import { describe, expect, test } from 'vitest';
import { askingExecutor } from '../../../../shared/engine/act/asking-executor.ts';
import { createCheckpointer } from '../../../../shared/ledger/checkpoints/checkpointer.ts';
import { haltingLedger, openHalts, refuseWhileHalted } from '../../../../shared/ledger/checkpoints/halts.ts';
import { entryKey } from '../../../../shared/ledger/format/keys.ts';
import { createTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { connectionReset } from '../../../support/memory-table.ts';
import { chain, root, unitOf } from '../ledger-contract.ts';
import { World } from './world.ts';

const life = { name: 'one', id: 'case-1' };
const change = unitOf(life, 'absent', ['case-opened', 'case-decided', 'change-intended'], {
  changes: { count: 1, limitPerHour: 10 },
});

function setUp() {
  const world = new World();
  const log: { level: string; message: string; properties?: object }[] = [];
  const write = (level: string) => (message: string, properties?: object) => {
    log.push({ level, message, ...(properties && { properties }) });
  };
  const logger = { information: write('information'), warning: write('warning'), error: write('error') };
  const telemetry = createTelemetry(world.clock, () => new Promise(() => undefined));
  let isAway = false;
  const files = world.files.client(() => {
    if (isAway) throw connectionReset();
  });
  const halts = openHalts(files, world.clock);
  const ledger = haltingLedger(world.ledger, halts);
  const newCheckpointer = () =>
    createCheckpointer(() => Promise.resolve({ ...world.parts(), ledger, halts }), { telemetry, logger });
  const contradict = async () => {
    await world.note(chain);
    await newCheckpointer().run();
    await world.note(chain);
    await world.tamper(chain, entryKey(2), () => undefined);
    await newCheckpointer().run();
  };
  return {
    world,
    log,
    halts,
    ledger,
    newCheckpointer,
    contradict,
    away: (value: boolean) => (isAway = value),
  };
}

describe('a contradiction', () => {
  test('stops changes and nothing else, is told, and is in the ledger once', async () => {
    const { world, log, ledger, newCheckpointer, contradict } = setUp();
    await contradict();
    await newCheckpointer().run();
    expect(log.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'Changes stopped: the ledger contradicts its checkpoints',
      'Changes stopped: the ledger contradicts its checkpoints',
    ]);
    expect(log[0]?.properties).toMatchObject({
      alert: 'leakstop-changes-stopped',
      halt: 1,
      contradictions: [`${chain} 2: entry-missing`],
    });
    await expect(ledger.append(change)).rejects.toMatchObject({ code: 'changes-halted' });
    expect(await ledger.readRoot(chain, root)).toMatchObject({ openCases: [] });
    expect(await ledger.append(unitOf(life, 'absent', ['case-opened']))).toMatchObject({ kind: 'committed' });
    const entries = world.memory
      .rows()
      .filter(({ header }) => String(header).includes('checkpoint-contradicted'));
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ partitionKey: 'service' });
    expect(JSON.parse(String(entries[0]?.body0))).toMatchObject({
      payload: { halt: 1, contradictions: [{ kind: 'entry-missing', chain, at: 2 }] },
    });
    // The entry is vouched for as any other.
    expect(world.checkpoints().at(-1)?.chains).toMatchObject([
      { chain, sequence: 1 },
      { chain: 'service', sequence: 1 },
    ]);
  });

  test('stops changes also when the ledger does not take the entry', async () => {
    const { world, log, halts, newCheckpointer } = setUp();
    await world.note('service');
    await newCheckpointer().run();
    await world.tamper('service', 'head', () => undefined);
    await newCheckpointer().run();
    expect(log.map(({ message }) => message)).toContain('Contradiction not recorded in the ledger');
    expect(await halts.isHalted()).toBe(true);
  });

  test('stops a change that was begun before', async () => {
    const { halts, contradict } = setUp();
    let writes = 0;
    const executor = askingExecutor(
      { kind: 'storage-account-update', write: () => Promise.resolve(void (writes += 1)) },
      [{ code: 'changes-halted', ask: () => refuseWhileHalted(halts) }],
    );
    await executor.write([], 'request', new Date());
    await contradict();
    await expect(executor.write([], 'request', new Date())).rejects.toMatchObject({ code: 'changes-halted' });
    expect(writes).toBe(1);
  });

  test('is in force for another process within 30 seconds, and after a restart', async () => {
    const { world, contradict } = setUp();
    const other = openHalts(world.files.client(), world.clock);
    expect(await other.isHalted()).toBe(false);
    await contradict();
    world.clock.advance(30_000);
    expect(await other.isHalted()).toBe(true);
    expect(await openHalts(world.files.client(), world.clock).isHalted()).toBe(true);
  });
});

test('going on is deliberate, leaves a trace, and does not outlast a contradiction that stands', async () => {
  const { world, halts, ledger, newCheckpointer, contradict } = setUp();
  expect(await halts.resume('someone', 'no reason')).toBeUndefined();
  await contradict();
  expect(await halts.resume('someone', 'looked at it')).toBe(1);
  expect(await ledger.append(change)).toMatchObject({ kind: 'committed' });
  expect(world.files.names('halts/')).toEqual([
    'halts/0000000001-halted.json',
    'halts/0000000001-resumed.json',
  ]);
  expect(world.files.texts.get('halts/0000000001-resumed.json')).toContain('"reason":"looked at it"');
  await newCheckpointer().run();
  expect(await halts.isHalted()).toBe(true);
  expect(world.files.names('halts/')).toContain('halts/0000000002-halted.json');
});

test('what cannot be read is not taken for going on, and is asked for again', async () => {
  const { world, halts, ledger, away } = setUp();
  expect(await halts.isHalted()).toBe(false);
  away(true);
  expect(await halts.isHalted()).toBe(false);
  world.clock.advance(30_000);
  await expect(ledger.append(change)).rejects.toThrow();
  away(false);
  expect(await ledger.append(change)).toMatchObject({ kind: 'committed' });
});
