import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { azureLimits } from '../../../sandbox/arm/throttle.ts';
import type { Fault } from '../../../sandbox/faults.ts';
import { accountId, groupId, startWorld, subscriptionId } from './world.ts';
import type { World } from './world.ts';

let world: World;
let time = Date.now();

beforeAll(async () => {
  world = await startWorld({ now: () => time });
});
afterAll(() => world.azure.stop());
beforeEach(() => {
  world.azure.arm.state.load({ id: accountId, location: 'westeurope', properties: {}, tags: {} });
  world.azure.arm.throttle.limits = azureLimits;
  world.azure.arm.throttle.reset();
  world.azure.accounting.reset();
});
afterEach(() => world.azure.faults.clear());

const wait = (seconds: number) => {
  time += seconds * 1000;
};
const statuses = async (count: number, call: () => Promise<{ readonly status: number }>) => {
  const all: number[] = [];
  for (let index = 0; index < count; index += 1) {
    all.push((await call()).status);
  }
  return all;
};

describe('throttling', () => {
  const get = (as = world.azure.operator) =>
    world.call('GET', `${groupId}?api-version=2021-04-01`, undefined, { as });

  beforeEach(() => {
    const bucket = { capacity: 3, refillPerSecond: 0.5 };
    world.azure.arm.throttle.limits = {
      ...azureLimits,
      buckets: { reads: bucket, writes: bucket, deletes: bucket },
    };
  });

  test('an empty bucket gives 429 and says how long to wait; then it goes on', async () => {
    expect(await statuses(3, get)).toEqual([200, 200, 200]);
    const refused = await get();
    expect([refused.status, refused.error.code]).toEqual([429, 'SubscriptionRequestsThrottled']);
    expect(refused.headers.get('retry-after')).toBe('2');
    wait(1);
    expect((await get()).status).toBe(429);
    wait(1);
    expect(await statuses(2, get)).toEqual([200, 429]);
    wait(3600);
    expect(await statuses(4, get)).toEqual([200, 200, 200, 429]);
  });

  test('the header counts down, and each principal and kind of operation has a bucket of its own', async () => {
    const left = [await get(), await get(), await get()].map(({ headers }) =>
      headers.get('x-ms-ratelimit-remaining-subscription-reads'),
    );
    expect(left).toEqual(['2', '1', '0']);
    expect((await get()).status).toBe(429);
    const write = await world.call('PATCH', accountId, { tags: {} });
    expect([write.status, write.headers.get('x-ms-ratelimit-remaining-subscription-writes')]).toEqual([
      200,
      '2',
    ]);
    const other = world.addPrincipal('other', ['*']);
    expect((await get(other)).status).toBe(200);
  });

  test('switched off, nothing is refused', async () => {
    world.azure.arm.throttle.limits = { ...world.azure.arm.throttle.limits, isEnabled: false };
    expect(new Set(await statuses(8, get))).toEqual(new Set([200]));
  });
});

describe('limits of the storage provider', () => {
  const patch = () => world.call('PATCH', accountId, { tags: {} });
  const list = () =>
    world.call('GET', `/subscriptions/${subscriptionId}/providers/Microsoft.Storage/storageAccounts`);

  test('ten writes a second, per region', async () => {
    expect(await statuses(10, patch)).toEqual(Array.from({ length: 10 }, () => 200));
    const refused = await patch();
    expect([refused.status, refused.error.code]).toEqual([429, 'TooManyRequests']);
    expect(refused.error.message).toContain('Write_ObservationWindow_00:00:01');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const elsewhere = accountId.replace('weights01', 'weights02');
    world.azure.arm.state.load({ id: elsewhere, location: 'eastus' });
    expect((await world.call('PATCH', elsewhere, { tags: {} })).status).toBe(200);
    wait(1);
    expect((await patch()).status).toBe(200);
  });

  test('a hundred lists in five minutes', async () => {
    expect(new Set(await statuses(100, list))).toEqual(new Set([200]));
    expect((await list()).status).toBe(429);
    wait(300);
    expect((await list()).status).toBe(200);
  });
});

describe('faults', () => {
  const patch = () => world.call('PATCH', accountId, { tags: { touched: 'yes' } });
  const isTouched = () =>
    (world.azure.arm.state.get(accountId)?.tags as Record<string, string> | undefined)?.touched === 'yes';
  const inject = (effect: Fault['effect'], rest: Partial<Fault> = {}) =>
    world.azure.faults.add({ target: 'arm', effect, ...rest });

  test.each([
    [429, 'TooManyRequests'],
    [500, 'InternalServerError'],
    [503, 'ServiceUnavailable'],
    [418, 'Failed'],
  ])('status %i: answered instead of done', async (status, code) => {
    inject({ kind: 'status', status, retryAfterInSeconds: 7 }, { times: 1 });
    const answer = await patch();
    expect([answer.status, answer.error.code, answer.headers.get('retry-after')]).toEqual([
      status,
      code,
      '7',
    ]);
    expect(isTouched()).toBe(false);
    const operation = 'Microsoft.Storage/storageAccounts/write';
    expect(world.azure.accounting.calls({ status, operation, caller: 'sandbox-operator' })).toHaveLength(1);
    expect((await patch()).status).toBe(200);
  });

  test('an error body can carry a secret', async () => {
    inject({ kind: 'status', status: 500, code: 'Oops', message: 'canary-in-an-error' }, { times: 1 });
    expect((await patch()).error).toEqual({ code: 'Oops', message: 'canary-in-an-error' });
  });

  test.each([
    ['reset-before', false],
    ['reset-after', true],
  ] as const)('%s: no answer, and done: %s', async (kind, isDone) => {
    inject({ kind }, { times: 1 });
    await expect(patch()).rejects.toThrow('fetch failed');
    expect(isTouched()).toBe(isDone);
    expect(world.azure.accounting.calls({ status: 0 }).length).toBeGreaterThan(0);
  });

  test('hang-after: done at once, answered late; latency: done late', async () => {
    let doneAt = 0;
    world.azure.arm.onOperation(() => (doneAt = performance.now()));
    const id = inject({ kind: 'hang-after', milliseconds: 300 });
    expect((await patch()).status).toBe(200);
    expect(performance.now() - doneAt).toBeGreaterThanOrEqual(295);
    world.azure.faults.remove(id);
    world.azure.arm.state.load({ id: accountId, tags: {} });
    inject({ kind: 'latency', milliseconds: 200 });
    const sentAt = performance.now();
    expect((await patch()).status).toBe(200);
    expect(doneAt - sentAt).toBeGreaterThanOrEqual(195);
    expect(isTouched()).toBe(true);
  });

  test('only methods and URLs that match are met', async () => {
    inject({ kind: 'status', status: 500 }, { methods: ['PATCH'], urlPattern: '/storageAccounts/weights02' });
    expect((await patch()).status).toBe(200);
    inject({ kind: 'status', status: 500 }, { methods: ['GET'], urlPattern: 'WEIGHTS01' });
    expect((await patch()).status).toBe(200);
    expect((await world.call('GET', accountId)).status).toBe(500);
  });
});

test('reads and writes take the time that they are given', async () => {
  Object.assign(world.azure.arm.latency, { reads: 60, writes: 120 });
  await world.call('GET', accountId);
  await world.call('PATCH', accountId, {});
  Object.assign(world.azure.arm.latency, { reads: 0, writes: 0 });
  const [read, write] = world.azure.accounting.calls().slice(-2);
  expect(read?.milliseconds).toBeGreaterThanOrEqual(59);
  expect(write?.milliseconds).toBeGreaterThanOrEqual(119);
});
