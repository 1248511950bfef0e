import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeBaseline } from '../../../../shared/engine/run/take-baseline.ts';
import { account, blobService, container, newSubscription } from '../../../support/estate.ts';
import { armCalls, deliver, entriesOf, openCasesOf } from '../../../support/scenario.ts';
import type { SweepWorld, TestTime } from '../../../support/sweep-world.ts';
import { createSweepWorld, createTestTime } from '../../../support/sweep-world.ts';
import type { TestBed } from '../../../support/test-bed.ts';
import { startTestBed } from '../../../support/test-bed.ts';

let bed: TestBed;
let time: TestTime;
let subscription: string;
let world: SweepWorld;

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
});

const load = (...bodies: { id: string }[]) => {
  bodies.forEach((body) => {
    bed.azure.arm.state.load(body);
  });
};

/** Loads resources and takes the baseline of their subscription. */
async function baselined(...bodies: { id: string }[]): Promise<void> {
  load(...bodies);
  expect(await takeBaseline(world.engine, world.queue, subscription)).toMatchObject({ kind: 'completed' });
  bed.azure.accounting.reset();
}

const states = async () =>
  Object.fromEntries((await openCasesOf(bed, subscription)).map(({ control, state }) => [control, state]));

/** What the ledger says of the sweeps over this test's subscription, newest last. */
async function coverages(of = subscription) {
  const entries = (await entriesOf(bed, 'service')).filter(({ kind }) => kind === 'sweep-completed');
  return entries.flatMap(({ payload }) =>
    (payload.subscriptions as { subscription: string }[]).filter(({ subscription: id }) => id === of),
  );
}

const graphCalls = () =>
  bed.azure.accounting.calls().filter(({ path }) => path.includes('Microsoft.ResourceGraph')).length;

describe('a sweep', () => {
  it('of an estate in sync asks Resource Graph and nobody else, and writes its own record only', async () => {
    await baselined(account(subscription, 'weights'), account(subscription, 'models'));
    const before = await entriesOf(bed, subscription);
    await world.sweep();
    expect(armCalls(bed, subscription)).toEqual({ reads: 0, writes: 0 });
    expect(graphCalls()).toBe(2);
    expect(world.queue.sent).toEqual([]);
    expect(await entriesOf(bed, subscription)).toEqual(before);
    expect(await coverages()).toEqual([
      {
        subscription,
        isCovered: true,
        resources: { 'microsoft.storage/storageaccounts': 2 },
        looks: 0,
        unreadable: [],
        unreadableCount: 0,
        hasTopic: false,
      },
    ]);
  });

  it('finds the drift of a lost event, asks about it, and changes nothing', async () => {
    const weights = account(subscription, 'weights');
    await baselined(weights);
    load(account(subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    await world.sweep();
    expect(await states()).toEqual({ 'storage-account-min-tls': 'awaiting-decision' });
    const opened = (await entriesOf(bed, subscription)).find(({ kind }) => kind === 'case-opened');
    expect(opened?.payload).toMatchObject({ witnessed: false });
    expect(armCalls(bed, subscription)).toEqual({ reads: 1, writes: 0 });
  });

  it('closes the case of what somebody fixed, and of what is gone', async () => {
    const fixed = account(subscription, 'fixed', { minimumTlsVersion: 'TLS1_0' });
    const gone = account(subscription, 'gone', { minimumTlsVersion: 'TLS1_0' });
    await baselined(fixed, gone);
    load(account(subscription, 'fixed'));
    bed.azure.arm.state.remove(gone.id);
    await world.sweep();
    const closed = (await entriesOf(bed, subscription)).filter(({ kind }) => kind === 'case-closed');
    expect(closed.map(({ resource, payload }) => [resource, payload.reason])).toEqual(
      expect.arrayContaining([
        [fixed.id, 'fixed-by-others'],
        [gone.id, 'gone'],
      ]),
    );
    expect(await states()).toEqual({});
  });

  it('lists containers under accounts that leave them open, and nowhere else', async () => {
    const open = account(subscription, 'public', { allowBlobPublicAccess: true });
    const closed = account(subscription, 'private', { minimumTlsVersion: 'TLS1_0' });
    await baselined(open, blobService(open.id), closed, blobService(closed.id));
    const models = container(open.id, 'models', 'Container');
    const hidden = container(closed.id, 'models', 'Container');
    load(models, hidden, account(subscription, 'private', { minimumTlsVersion: 'TLS1_1' }));
    await world.sweep();
    const found = (await openCasesOf(bed, subscription)).filter(({ control }) => control.startsWith('blob-'));
    expect(found.map(({ resource }) => resource)).toEqual([models.id]);
    expect(armCalls(bed, subscription)).toEqual({ reads: 3, writes: 0 });
  });

  it('looks again at a container with a case, wherever it lies', async () => {
    const root = account(subscription, 'private');
    const models = container(root.id, 'models', 'Blob');
    await baselined(root, blobService(root.id), models);
    expect(await states()).toEqual({ 'blob-container-anonymous-access': 'awaiting-decision' });
    load(container(root.id, 'models'));
    await world.sweep();
    expect(await states()).toEqual({});
  });

  it('never believes Resource Graph against the resource itself', async () => {
    await baselined(account(subscription, 'weights'));
    const graph = {
      page: () =>
        Promise.resolve({
          rows: [account(subscription, 'weights', { allowBlobPublicAccess: true })] as never[],
          next: undefined,
        }),
    };
    Object.assign(world.parts, { graph });
    await world.sweep();
    expect(await states()).toEqual({});
    expect(armCalls(bed, subscription).writes).toBe(0);
  });

  it('takes what Resource Graph leaves out for unknown', async () => {
    const bare = account(subscription, 'weights', { minimumTlsVersion: undefined });
    load(bare);
    await baselined();
    const before = await entriesOf(bed, subscription);
    await world.sweep();
    // The case says that the property is absent, so that nothing new is to be seen.
    expect(armCalls(bed, subscription)).toEqual({ reads: 0, writes: 0 });
    load(account(subscription, 'other', { supportsHttpsTrafficOnly: undefined }));
    await world.sweep();
    expect(armCalls(bed, subscription)).toEqual({ reads: 1, writes: 0 });
    // Azure's default for it is good: the resource itself clears what Resource Graph could not.
    expect(await entriesOf(bed, subscription)).toEqual(before);
  });

  it('looks, whatever the row says that was seen meanwhile: with one read, and nothing more to say', async () => {
    const weights = account(subscription, 'weights');
    await baselined(weights);
    load(account(subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    await world.begin();
    await time.sleep(6 * 60_000);
    await deliver(bed, world.engine, weights.id, { time: time.now().toISOString() });
    bed.azure.accounting.reset();
    const before = await entriesOf(bed, subscription);
    await world.handleMessages();
    expect(armCalls(bed, subscription)).toEqual({ reads: 1, writes: 0 });
    expect(await entriesOf(bed, subscription)).toEqual(before);
  });
});

describe('coverage', () => {
  it('names the action that a subscription without a role lacks, in a case too, until it is given', async () => {
    const unguarded = newSubscription();
    load(account(unguarded, 'weights'));
    await baselined(account(subscription, 'weights'));
    world = await createSweepWorld(bed, time, [subscription, unguarded]);
    const action = 'Microsoft.Storage/storageAccounts/read';
    await world.sweep();
    expect(await coverages(unguarded)).toMatchObject([
      {
        isCovered: false,
        failure: { code: 'access-denied', action },
        resources: {},
        unreadable: [{ resource: `/subscriptions/${unguarded}`, code: 'access-denied', action }],
      },
    ]);
    expect((await coverages()).at(-1)).toMatchObject({ isCovered: true });
    expect(await openCasesOf(bed, unguarded)).toMatchObject([
      { control: 'resource-observable', state: 'failed' },
    ]);

    const entries = await entriesOf(bed, unguarded);
    await world.sweep();
    expect(await entriesOf(bed, unguarded)).toEqual(entries);

    bed.guard(unguarded);
    await world.sweep();
    expect((await coverages(unguarded)).at(-1)).toMatchObject({ isCovered: true, unreadable: [] });
    expect(await openCasesOf(bed, unguarded)).toEqual([]);
  });

  it('tells which subscriptions have a topic that tells of their events', async () => {
    load({
      id: `/subscriptions/${subscription}/resourceGroups/rg-events/providers/Microsoft.EventGrid/systemTopics/t`,
      name: 't',
      type: 'Microsoft.EventGrid/systemTopics',
      location: 'global',
      properties: {
        source: `/subscriptions/${subscription.toUpperCase()}`,
        topicType: 'Microsoft.Resources.Subscriptions',
      },
    } as { id: string });
    await world.sweep();
    expect(await coverages()).toMatchObject([{ hasTopic: true }]);
    bed.azure.arm.roles.withhold(bed.deployment.roles.observe, 'Microsoft.EventGrid/systemTopics/read');
    await world.sweep();
    expect((await coverages()).at(-1)).toMatchObject({ hasTopic: false });
  });

  it('of a subscription that cannot be walked is a gap after half an hour, and keeps no other waiting', async () => {
    const other = newSubscription();
    bed.guard(other);
    load(account(other, 'weights'), account(subscription, 'weights'));
    world = await createSweepWorld(bed, time, [subscription, other]);
    const { graph } = world.parts;
    const page: typeof graph.page = (query) =>
      query.subscriptions.join() === other
        ? Promise.reject(Object.assign(new Error('away'), { code: 'azure-unavailable' }))
        : graph.page(query);
    Object.assign(world.parts, { graph: { page } });
    await world.sweep();
    expect((await coverages(other)).at(-1)).toMatchObject({ isCovered: false });
    expect((await coverages()).at(-1)).toMatchObject({ isCovered: true });
  });
});

it('calls for escalation of each subscription that was walked, and does not mind when that fails', async () => {
  const called: string[] = [];
  Object.assign(world.parts, {
    escalateDue: (_: unknown, id: string) => {
      called.push(id);
      return Promise.reject(new Error('not now'));
    },
  });
  await world.sweep();
  expect(called).toEqual([subscription]);
});
