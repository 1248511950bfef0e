import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Note } from '../../../../shared/work/work.ts';
import { GuardWorld, hourMs, minuteMs, policyWith } from '../../../support/guard-world.ts';

let world: GuardWorld;
beforeAll(async () => {
  world = await GuardWorld.start();
  // The sandbox throttles by the machine's clock, and here an hour of rounds takes a second.
  const { throttle } = world.bed.azure.arm;
  throttle.limits = { ...throttle.limits, isEnabled: false };
});
afterAll(() => world.bed.stop());

const attacker = { objectId: '11111111-1111-4111-8111-111111111111', name: 'an attacker' };
const colleague = { objectId: '22222222-2222-4222-8222-222222222222', name: 'a colleague' };
const by = (actor: object): Partial<Note> => ({ actor: actor as never });

/** Somebody opens an account, a moment after whatever happened before. */
const opensAs = (name: string, actor: object, properties?: Record<string, unknown>) => {
  world.clock.advance(10);
  return world.opens(name, properties, by(actor));
};
const opens = (name: string, actor: object = attacker) =>
  opensAs(name, actor, { allowBlobPublicAccess: true });
const isOpen = (name: string) => world.propertiesOf(world.idOf(name)).allowBlobPublicAccess !== false;
const entries = async (kind: string) => (await world.entries()).filter((entry) => entry.kind === kind);

/** Lets earlier closings have used up the reserve of the subscription, but for some writes. */
async function leaveInReserve(left: number): Promise<void> {
  await world.engine.ledger.append({
    chain: world.subscription,
    entries: [{ kind: 'work-failed', body: { payload: { reason: 'a test' } } }],
    cases: [],
    head: { reserve: { left, at: world.clock.now().toISOString() } },
  });
}

/** Lets time pass by seconds until an account is closed; the seconds that it took, up to a limit. */
async function secondsUntilClosed(name: string, most: number): Promise<number> {
  for (let seconds = 0; seconds <= most; seconds += 1) {
    if (!isOpen(name)) {
      return seconds;
    }
    await world.passes(1_000);
  }
  return Infinity;
}

describe('severe exposure that is opened again and again', () => {
  it('is closed each time within ten seconds, and people are told once an hour', async () => {
    await world.guard(['weights']);
    for (let round = 0; round < 20; round += 1) {
      await opens('weights');
      expect(await secondsUntilClosed('weights', 10)).toBeLessThanOrEqual(10);
    }
    expect(await entries('case-closed')).toHaveLength(20);
    const told = await entries('case-escalated');
    expect(told).toHaveLength(1);
    expect(told[0]?.payload).toMatchObject({ reason: 'tug-of-war', rounds: 3, writers: [attacker] });

    world.clock.advance(hourMs);
    await opens('weights', colleague);
    const [, again, ...more] = await entries('case-escalated');
    expect(more).toEqual([]);
    expect(again?.payload).toMatchObject({ writers: [colleague, attacker], closed: { count: 20 } });
    const { openMs, overMs } = again?.payload.closed as { openMs: number; overMs: number };
    expect(openMs).toBeGreaterThan(60_000);
    expect(openMs).toBeLessThan(overMs / 4);
    expect(overMs).toBeGreaterThan(hourMs);
  });

  it('comes with what whoever opens it cannot undo, as commands for people', async () => {
    await world.guard(['weights']);
    for (let round = 0; round < 4; round += 1) {
      await opens('weights');
    }
    const [told] = await entries('case-escalated');
    const commands = (told?.payload.measures as { command: string }[]).map(({ command }) => command);
    expect(commands).toEqual([
      expect.stringMatching(/^az policy assignment create .*Deny/),
      expect.stringContaining(`az role assignment list --assignee ${attacker.objectId}`),
    ]);
  });

  it('opened before it could be verified is one more round, and stands open never longer than ten seconds', async () => {
    await world.guard(['weights']);
    const effect = { kind: 'status', status: 200 } as const;
    const fault = world.bed.faults.add({
      target: 'arm',
      effect,
      methods: ['PATCH'],
      urlPattern: world.subscription,
    });
    await opens('weights');
    for (let round = 0; round < 12; round += 1) {
      await world.passes(10_000);
      await opens('weights');
    }
    world.bed.faults.remove(fault);
    await opens('weights');
    expect(await secondsUntilClosed('weights', 10)).toBeLessThanOrEqual(10);
    expect((await entries('change-intended')).length).toBeGreaterThan(12);
    expect((await entries('case-escalated')).map(({ payload }) => payload.reason)).toEqual(['tug-of-war']);
  });

  it('uses up neither the budget of all other drift nor all of the reserve', async () => {
    await world.guard(['weights', 'others', 'tls'], { policy: policyWith({ changesPerHour: 2 }) });
    await leaveInReserve(82);
    let rounds = 0;
    for (let held = false; !held && rounds < 40; rounds += 1) {
      await opens('weights');
      held = (await secondsUntilClosed('weights', 10)) > 10;
    }
    // 72 writes stay for all others.
    expect(rounds).toBeGreaterThan(8);
    expect(rounds).toBeLessThan(20);
    expect(Object.values(await world.holds())).toEqual(['budget']);
    await opensAs('tls', colleague);
    expect(world.isClosed('tls')).toBe(true);
    await opens('others', colleague);
    expect(isOpen('others')).toBe(false);
    // A write comes back each half minute, and the others used one.
    expect(await secondsUntilClosed('weights', 62)).toBeLessThanOrEqual(62);
  });
});

it('a quota that somebody else filled costs the reserve nothing, nor more than ten seconds afterwards', async () => {
  await world.guard(['weights']);
  await opens('weights');
  await opens('weights');
  const reserve = async () =>
    ((await world.engine.ledger.readRoot(world.subscription, 'any')).head.reserve as { left: number }).left;
  const before = await reserve();
  const fault = world.bed.faults.add({
    target: 'arm',
    effect: { kind: 'status', status: 429, retryAfterInSeconds: 1 },
    methods: ['PATCH'],
    urlPattern: world.subscription,
  });
  await Promise.allSettled([opens('weights')]);
  for (let round = 0; round < 12; round += 1) {
    await world.passes(10_000);
  }
  expect((await entries('change-withdrawn')).length).toBeGreaterThan(3);
  expect(await reserve()).toBeGreaterThanOrEqual(before);
  world.bed.faults.remove(fault);
  expect(await secondsUntilClosed('weights', 11)).toBeLessThanOrEqual(11);
});

describe('whoever spends the budget elsewhere first', () => {
  it('spends a tenth of the tenant and no more, and keeps no one else open', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    await world.guard([...names, 'mine', 'severe'], {
      policy: policyWith({ tenantChangesPerHour: 30, changesPerHour: 200, criticalReserve: 0 }),
    });
    for (const name of names) {
      await opensAs(name, attacker);
    }
    expect(names.filter((name) => world.isClosed(name))).toEqual(['a', 'b', 'c']);
    // The attacker's own severe exposure is closed too, from the reserve.
    await opens('severe');
    expect(isOpen('severe')).toBe(false);
    await world.passes(hourMs + minuteMs);
    expect(names.filter((name) => world.isClosed(name))).toEqual(names);
  });

  it('one principal in two subscriptions has one share, and another has their own', async () => {
    const policy = policyWith({ tenantChangesPerHour: 20 });
    await world.guard(['a', 'b'], { policy });
    const { engine } = world;
    await opensAs('a', attacker);
    await opensAs('b', attacker);
    expect([world.isClosed('a'), world.isClosed('b')]).toEqual([true, true]);
    await world.guard(['c', 'd'], { policy });
    world.engine = { ...world.engine, writerShares: engine.writerShares };
    await opensAs('c', attacker);

    expect(Object.values(await world.holds())).toEqual(['budget']);
    await opensAs('d', colleague);
    expect(world.isClosed('d')).toBe(true);
  });
});
