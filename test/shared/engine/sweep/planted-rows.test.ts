import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeBaseline } from '../../../../shared/engine/run/take-baseline.ts';
import { rootKey } from '../../../../shared/ledger/format/keys.ts';
import { splitText } from '../../../../shared/ledger/text-properties.ts';
import type { SweepStore } from '../../../../shared/work/sweep-store.ts';
import { workKeys } from '../../../../shared/work/work-rows.ts';
import { account, newSubscription } from '../../../support/estate.ts';
import { TableWriter } from '../../../support/planted.ts';
import { deliver, entriesOf, noteOf, openCasesOf } from '../../../support/scenario.ts';
import type { SweepWorld, TestTime } from '../../../support/sweep-world.ts';
import { createSweepWorld, createTestTime } from '../../../support/sweep-world.ts';
import type { TestBed } from '../../../support/test-bed.ts';
import { startTestBed } from '../../../support/test-bed.ts';

/** Whatever somebody writes into the rows of roots and of the sweep: a leak is found at the latest by the next sweep. */

let bed: TestBed;
let time: TestTime;
let subscription: string;
let world: SweepWorld;
let work: TableWriter;
const minute = 60_000;

beforeAll(async () => {
  time = createTestTime();
  bed = await startTestBed({ clock: time, now: () => time.now().getTime() });
  work = new TableWriter(bed, 'work');
});
afterAll(() => bed.stop());

beforeEach(async () => {
  subscription = newSubscription();
  bed.guard(subscription);
  world = await createSweepWorld(bed, time, [subscription]);
  // As it is deployed: the row of the sweep lies beside those of the roots.
  const { sweeps } = (await bed.newEngine({ clock: time })) as never as { sweeps: SweepStore };
  (world.parts as { sweeps: SweepStore }).sweeps = sweeps;
  await work.drop('sweep', 'run');
  const weights = account(subscription, 'weights');
  bed.azure.arm.state.load(weights);
  expect(await takeBaseline(world.engine, world.queue, subscription)).toMatchObject({ kind: 'completed' });
});

const id = () => account(subscription, 'weights').id;
const opens = () =>
  bed.azure.arm.state.load(account(subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
const tells = () => deliver(bed, world.engine, id(), { time: time.now().toISOString() });
const states = async () =>
  Object.fromEntries((await openCasesOf(bed, subscription)).map(({ control, state }) => [control, state]));
const isClosed = () =>
  (bed.azure.arm.state.get(id())?.properties as { minimumTlsVersion?: unknown }).minimumTlsVersion ===
  'TLS1_2';

async function lastRecord() {
  const entry = (await entriesOf(bed, 'service')).findLast(({ kind }) => kind === 'sweep-completed');
  return (entry?.payload.subscriptions as { subscription: string }[] | undefined)?.find(
    (each) => each.subscription === subscription,
  );
}

const far = '2199-01-01T00:00:00.000Z';
const later = (ms: number) => new Date(time.now().getTime() + ms).toISOString();

async function plant(change: object, dueAt = far): Promise<void> {
  const root = id().toLowerCase();
  const record = {
    root,
    wanted: 0,
    notes: [],
    dropped: 0,
    known: [],
    observed: {},
    attempts: 0,
    writes: [],
    touchedAt: later(0),
    ...change,
  };
  await work.put({ ...workKeys(root), root, dueAt, ...splitText('record', JSON.stringify(record)) });
}

const rows: [string, () => object][] = [
  ['seen in a far future', () => ({ observed: { [id().toLowerCase()]: far }, observedAt: far })],
  ['seen just now', () => ({ observed: { [id().toLowerCase()]: later(0) }, observedAt: later(0) })],
  ['claimed for ever', () => ({ claim: { id: 'x', until: far, wanted: 0 } })],
  ['claimed until no time', () => ({ claim: { id: 'x', until: 'never', wanted: 0 } })],
  ['resting for ever', () => ({ attempts: 3, wakeAt: far })],
  ['known for ever', () => ({ known: ['news'], wakeAt: far, touchedAt: 'never' })],
];

describe('a row of a root that says it is', () => {
  it.each(rows)('%s keeps no event waiting for longer than a pause of ours', async (_, row) => {
    await plant(row());
    opens();
    await tells();
    for (let waited = 0; !isClosed() && waited < 66; waited += 1) {
      await time.sleep(minute);
      for await (const root of world.engine.work.due()) {
        await world.queue.send({ root });
      }
      await world.handleMessages();
    }
    expect(isClosed()).toBe(true);
  });

  it.each(rows)('%s keeps no sweep waiting', async (_, row) => {
    opens();
    await plant(row());
    await world.sweep();
    expect(await states()).toEqual({ 'storage-account-min-tls': 'awaiting-decision' });
    expect(await lastRecord()).toMatchObject({ isCovered: true, looks: 1, unreadableCount: 0 });
  });
});

it.each([
  ['of a root that it walks over', () => rootKey(id()), () => id()],
  ['of a root that is nowhere', () => '0'.repeat(32), () => '0'.repeat(32)],
])('one unreadable row %s stops no sweep, and the record names it', async (_, root, name) => {
  const ledger = new TableWriter(bed, 'ledger');
  await ledger.put({ partitionKey: subscription, rowKey: `open!${root()}.000` });
  const models = account(subscription, 'models', { minimumTlsVersion: 'TLS1_0' });
  bed.azure.arm.state.load(models);
  await world.sweep();
  expect((await lastRecord()) as object).toMatchObject({
    isCovered: true,
    unreadable: [{ resource: name(), code: 'malformed-input' }],
    unreadableCount: 1,
  });
  const view = await world.engine.ledger.readRoot(subscription, models.id);
  expect(view.openCases.map(({ state }) => state)).toEqual(['awaiting-decision']);
});

it('a root that somebody works on for too long is not covered, and the record names it', async () => {
  opens();
  await world.begin();
  const root = id().toLowerCase();
  await world.engine.work.begin(root, noteOf(id(), { time: later(0) }));
  await world.handleMessages();
  for (let waited = 0; waited < 15 && (await world.resume()) !== 'completed'; waited += 1) {
    await time.sleep(minute);
  }
  expect(await lastRecord()).toMatchObject({
    isCovered: false,
    unreadable: [{ resource: root, code: 'not-looked-at' }],
    unreadableCount: 1,
  });
});

it('a wake that was lost with its row is made good by the sweep', async () => {
  const until = new Date(time.now().getTime() + 60 * minute);
  const exempt = (now: Date) =>
    now < until ? { rule: 'r', owner: 'o', reason: 'r', ticket: 't', expires: until } : undefined;
  const { policy } = world.engine;
  const engine = {
    ...world.engine,
    policy: { ...policy, exemptionOf: (_: unknown, now: Date) => exempt(now) },
  };
  Object.assign(world.parts, { engine });
  opens();
  await deliver(bed, engine, id(), { time: time.now().toISOString() });
  expect(await states()).toEqual({ 'storage-account-min-tls': 'held' });
  await plant({ wakeAt: far });
  await time.sleep(75 * minute);
  await world.begin();
  expect(world.queue.sent.map(({ root }) => root.toLowerCase())).toContain(id().toLowerCase());
});

describe('a row of the sweep', () => {
  const progress = { isWalked: true, seen: {}, looks: 0, lanes: {} };
  const run = () => ({ run: 'planted', startedAt: later(0), subscriptions: { [subscription]: progress } });
  const plants: [string, () => string][] = [
    ['that is claimed for ever', () => JSON.stringify({ ...run(), claim: { id: 'x', until: far } })],
    ['that began in a far future', () => JSON.stringify({ ...run(), startedAt: far, completedAt: far })],
    [
      'whose looks are due in a far future',
      () => JSON.stringify(withProgress({ looks: 5, lastLookAt: far })),
    ],
    [
      'whose lanes are taken for ever',
      () => JSON.stringify(withProgress({ isWalked: false, lanes: lanes(far) })),
    ],
    ['that fails since no time', () => JSON.stringify(withProgress({ failingSince: 'never' }))],
    ['that is none', () => 'rubbish'],
    ['that is empty', () => '{}'],
  ];
  const withProgress = (change: object) => ({
    ...run(),
    subscriptions: { [subscription]: { ...progress, ...change } },
  });
  const lanes = (at: string) => ({ 'resource-manager': at, 'read microsoft.storage westeurope': at });

  it.each(plants)('%s keeps no leak open beyond the next hours', async (_, text) => {
    opens();
    await work.put({ partitionKey: 'sweep', rowKey: 'run', ...splitText('run', text()) });
    const begun = time.now().getTime();
    for (let waited = 0; world.queue.sent.length === 0 && waited < 130; waited += 5) {
      await (waited % 60 === 0 ? world.begin() : world.resume());
      await time.sleep(5 * minute);
    }
    await world.handleMessages();
    expect(time.now().getTime() - begun).toBeLessThan(130 * minute);
    expect(await states()).toEqual({ 'storage-account-min-tls': 'awaiting-decision' });
  });
});
