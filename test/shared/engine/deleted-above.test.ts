import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { catalogue } from '../../../remediators/index.ts';
import { storageAccountObserver } from '../../../shared/azure/observers/storage-account.ts';
import { eventOperations } from '../../../shared/catalogue/event-operations.ts';
import { createLookBelow } from '../../../shared/engine/run/look-below.ts';
import { createWorker } from '../../../shared/engine/run/worker.ts';
import { requestFor } from '../../../shared/intake/intake.ts';
import { GuardWorld, minuteMs, policyWith, TestSwitch } from '../../support/guard-world.ts';
import { armCalls, entriesOf } from '../../support/scenario.ts';
import { TestQueue } from '../../support/sweep-world.ts';

/** Azure tells of a deleted group alone: the open cases in it close as gone, once the resources themselves say so. */

let world: GuardWorld;
let queue: TestQueue;
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());

const names = ['weights', 'models', 'data'];
const tls = { minimumTlsVersion: 'TLS1_0' };

beforeEach(async () => {
  const policy = policyWith({}, { modeOf: () => ({ mode: 'approve', rule: 'test' }) });
  await world.guard([...names, 'closed'], { killSwitch: new TestSwitch(), policy });
  for (const name of names) {
    await world.opens(name, tls);
  }
  queue = new TestQueue(world.clock);
  world.bed.azure.accounting.reset();
});

const operation = 'Microsoft.Resources/subscriptions/resourceGroups/delete';
const groupEvent = (change: object = {}) => ({
  id: crypto.randomUUID(),
  subject: `/subscriptions/${world.subscription}/resourcegroups/RG-MODELS`,
  eventType: 'Microsoft.Resources.ResourceDeleteSuccess',
  eventTime: world.clock.now().toISOString(),
  data: {
    resourceUri: `/subscriptions/${world.subscription}/resourcegroups/RG-MODELS`,
    operationName: operation,
    status: 'Succeeded',
  },
  ...change,
});

const messageFor = (event: object, rootTypes: readonly never[] = []) =>
  requestFor(
    event,
    { rootTypes, subscriptions: [world.subscription] },
    { at: world.clock.now().toISOString() },
  );

const newWorker = () =>
  createWorker(() => Promise.resolve(world.engine), {
    telemetry: world.engine.telemetry,
    logger: world.engine.logger,
    clock: world.clock,
    queue: () => queue,
    subscriptions: [world.subscription],
  });

/** Intake and the worker take an event, and every message that follows from it. */
async function happens(event: object): Promise<void> {
  const root = storageAccountObserver(world.bed.clients, world.clock);
  const rootType = { ...root, companions: new Set<string>() } as never;
  const message = messageFor(event, [rootType]);
  const worker = newWorker();
  if (message !== undefined) {
    await worker.reconcile(message);
  }
  for (
    let next = queue.next(), count = 0;
    next !== undefined && count < 100;
    next = queue.next(), count += 1
  ) {
    world.clock.advance(Math.max(0, next.dueAt.getTime() - world.clock.now().getTime()));
    await worker.reconcile(next.request);
  }
}

const removeAll = () => {
  for (const name of [...names, 'closed', 'anchor']) {
    world.bed.azure.arm.state.remove(world.idOf(name));
  }
};

it('the event reaches us', () => {
  expect(eventOperations(catalogue)).toContain(operation);
});

it('the cases in it close as gone, with one read each, and nothing else is looked at', async () => {
  removeAll();
  await happens(groupEvent());
  expect(await world.holds()).toEqual({});
  const closed = (await world.entries()).filter(({ kind }) => kind === 'case-closed');
  expect(closed.map(({ payload }) => payload.reason)).toEqual(['gone', 'gone', 'gone']);
  expect(armCalls(world.bed, world.subscription)).toEqual({ reads: 3, writes: 0 });
});

it('told twice, it is done once', async () => {
  removeAll();
  const event = groupEvent();
  await happens(event);
  await happens(event);
  expect(armCalls(world.bed, world.subscription)).toEqual({ reads: 3, writes: 0 });
});

it.each([
  ['that is not true', {}],
  ['of another group', { data: { resourceUri: 'other', operationName: operation } }],
])('an event %s closes nothing', async (_, change: { data?: { resourceUri: string } }) => {
  const data = change.data && {
    ...change.data,
    resourceUri: `/subscriptions/${world.subscription}/resourceGroups/rg-mod`,
  };
  await happens(groupEvent(data === undefined ? {} : { data }));
  await world.passes(minuteMs);
  expect(Object.keys(await world.holds())).toHaveLength(3);
});

it('a message about it that is given up is told, opens no case on the group and wakes nobody', async () => {
  const message = messageFor(groupEvent());
  const toldBefore = (await world.entries()).length;
  await newWorker().recordPoisoned(message ?? expect.fail('it reaches us'));
  expect(await world.entries()).toHaveLength(toldBefore);
  const service = await entriesOf(world.bed, 'service');
  expect(service.filter(({ resource }) => resource === message?.root)).toMatchObject([
    { kind: 'work-failed' },
  ]);
  const due: string[] = [];
  world.clock.advance(60 * minuteMs);
  for await (const root of world.engine.work.due()) {
    due.push(root);
  }
  expect(due.filter((root) => !root.includes('/providers/'))).toEqual([]);
});

it('an event of another subscription is dropped', () => {
  const other = '11111111-2222-3333-4444-555555555555';
  const event = groupEvent({
    subject: `/subscriptions/${other}/resourceGroups/rg`,
    data: { resourceUri: `/subscriptions/${other}/resourceGroups/rg`, operationName: operation },
  });
  expect(messageFor(event)).toBeUndefined();
});

it('the looks of a large group are spread, and are not without end', async () => {
  const [row] = (await world.engine.ledger.readRoot(world.subscription, world.idOf('weights'))).openCases;
  const { data, ...others } = row ?? expect.fail('there is a case');
  const rootAt = (index: number) => world.idOf(`account${index}`).toLowerCase();
  const ledger = {
    ...world.engine.ledger,
    openCases: async function* () {
      for (let index = 0; index < 6_000; index += 1) {
        await Promise.resolve();
        const root = rootAt(index);
        yield { ...others, key: `${'0'.repeat(32)}.${index}`, data: { ...data, root, resource: root } };
      }
    },
  };
  const message = messageFor(groupEvent());
  await createLookBelow()({ ...world.engine, ledger }, queue, message ?? expect.fail('it reaches us'));
  expect(queue.sent).toHaveLength(5_000);
  // Half of what Azure lets one caller read: 800 in five minutes.
  const last = Math.max(...queue.waiting.map(({ dueAt }) => dueAt.getTime()));
  expect(last - world.clock.now().getTime()).toBeGreaterThan(4_999 * 2 * (300_000 / 800) - 1);
});
