import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeBaseline } from '../../../../shared/engine/run/take-baseline.ts';
import { account, blobService, container, newSubscription } from '../../../support/estate.ts';
import { entriesOf, openCasesOf } from '../../../support/scenario.ts';
import type { SweepWorld, TestTime } from '../../../support/sweep-world.ts';
import { createSweepWorld, createTestTime } from '../../../support/sweep-world.ts';
import type { TestBed } from '../../../support/test-bed.ts';
import { startTestBed } from '../../../support/test-bed.ts';

/** No event tells of anything here: whoever cuts the events off gains an hour at most. */

let bed: TestBed;
let time: TestTime;
let subscription: string;
let world: SweepWorld;
const hour = 60 * 60_000;

beforeAll(async () => {
  time = createTestTime();
  bed = await startTestBed({ clock: time, now: () => time.now().getTime() });
});
afterAll(() => bed.stop());

beforeEach(async () => {
  bed.faults.clear();
  subscription = newSubscription();
  bed.guard(subscription);
  world = await createSweepWorld(bed, time, [subscription]);
  load(account(subscription, 'weights'));
  expect(await takeBaseline(world.engine, world.queue, subscription)).toMatchObject({ kind: 'completed' });
});

const load = (...bodies: { id: string }[]) => {
  bodies.forEach((body) => {
    bed.azure.arm.state.load(body);
  });
};
const open = (name = 'weights') => {
  load(account(subscription, name, { minimumTlsVersion: 'TLS1_0' }));
};
const tlsOf = (name = 'weights') =>
  (bed.azure.arm.state.get(account(subscription, name).id)?.properties as { minimumTlsVersion?: unknown })
    .minimumTlsVersion;
const anHourLater = () => time.sleep(hour);

async function lastOpened() {
  const entry = (await entriesOf(bed, subscription)).findLast(({ kind }) => kind === 'case-opened');
  return entry?.payload;
}

describe('a drift without an event, between two sweeps that read the resource', () => {
  it('is witnessed and closed by itself, and nobody is named', async () => {
    await world.sweep();
    const first = time.now();
    await anHourLater();
    open();
    await world.sweep();
    expect(tlsOf()).toBe('TLS1_2');
    expect(await openCasesOf(bed, subscription)).toEqual([]);
    const opened = await lastOpened();
    expect(opened).toMatchObject({ witnessed: true, opener: { grade: 'unknown' } });
    expect(Date.parse(opened?.lastSeenInSync as string)).toBeLessThan(first.getTime());
  });

  it('is witnessed again in the next hour', async () => {
    for (let round = 0; round < 3; round += 1) {
      await world.sweep();
      await anHourLater();
      open();
    }
    await world.sweep();
    expect(tlsOf()).toBe('TLS1_2');
  });

  it('is witnessed though a sweep in between did not cover the subscription', async () => {
    await world.sweep();
    const { graph } = world.parts;
    const page = () =>
      Promise.reject(Object.assign(new Error('away'), { code: 'azure-unavailable' })) as never;
    Object.assign(world.parts, { graph: { page } });
    await world.sweep();
    Object.assign(world.parts, { graph });
    open();
    await world.sweep();
    expect(tlsOf()).toBe('TLS1_2');
  });
});

describe('is only asked about', () => {
  const isAsked = async (name = 'weights') => {
    expect(tlsOf(name)).toBe('TLS1_0');
    expect(await lastOpened()).toMatchObject({ witnessed: false });
    const cases = await openCasesOf(bed, subscription);
    expect(cases).toMatchObject([{ control: 'storage-account-min-tls', state: 'awaiting-decision' }]);
  };

  it('what the first sweep finds', async () => {
    open();
    await world.sweep();
    await isAsked();
  });

  it('what stood open at both', async () => {
    open();
    await world.sweep();
    await anHourLater();
    await world.sweep();
    await isAsked();
  });

  it('what the sweep before did not read, such as a resource that a new role shows', async () => {
    await world.sweep();
    await anHourLater();
    open('old');
    await world.sweep();
    await isAsked('old');
  });

  it('what another policy left off at the sweep before', async () => {
    const { policy } = world.engine;
    const before = { ...policy, name: 'before', hasOff: true };
    Object.assign(world.parts, { engine: { ...world.engine, policy: before } });
    await world.sweep();
    await anHourLater();
    open();
    Object.assign(world.parts, { engine: world.engine });
    await world.sweep();
    await isAsked();
  });

  it('what changed its policy while the sweep before went on', async () => {
    const { policy } = world.engine;
    const during = { ...world.engine, policy: { ...policy, name: 'during', hasOff: true } };
    const { graph } = world.parts;
    const page: typeof graph.page = (query) => {
      Object.assign(world.parts, { engine: world.engine });
      return graph.page(query);
    };
    Object.assign(world.parts, { graph: { page }, engine: during });
    await world.sweep();
    Object.assign(world.parts, { graph });
    await anHourLater();
    open();
    await world.sweep();
    await isAsked();
  });

  it('what a later version of the catalogue looks for', async () => {
    const { remediators } = world.engine;
    const before = remediators.filter(({ meta }) => meta.id !== 'storage-account-min-tls');
    Object.assign(world.parts, { engine: { ...world.engine, remediators: before } });
    await world.sweep();
    await anHourLater();
    open();
    Object.assign(world.parts, { engine: world.engine });
    await world.sweep();
    await isAsked();
  });
});

it('a child that no sweep reads is not witnessed with its root', async () => {
  await world.sweep();
  await anHourLater();
  const weights = account(subscription, 'weights', { allowBlobPublicAccess: true });
  load(weights, blobService(weights.id), container(weights.id, 'models', 'Container'));
  await world.sweep();
  const opened = (await entriesOf(bed, subscription)).filter(({ kind }) => kind === 'case-opened');
  expect(opened.map(({ control, payload }) => [control, payload.witnessed])).toEqual(
    expect.arrayContaining([
      ['storage-account-blob-anonymous-access', true],
      ['blob-container-anonymous-access', false],
    ]),
  );
});
