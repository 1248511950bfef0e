import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { catalogue } from '../../../remediators/index.ts';
import type { Drift } from '../../../shared/contract/observation.ts';
import type { Remediator } from '../../../shared/contract/remediator.ts';
import { decidedBySecurity, Deciders, person, withDeciders } from '../../support/deciders.ts';
import { GuardWorld, minuteMs, policyWith, TestSwitch } from '../../support/guard-world.ts';

/** A judgement carries its plan: no remediator is asked twice about one drift, whatever a pass does with it. */

let world: GuardWorld;
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());
beforeEach(() => {
  plans.clear();
  world.bed.faults.clear();
});

/** How often a plan was asked for, by the drift that one judgement found. */
const plans = new Map<Drift, number>();

const remediators: readonly Remediator[] = catalogue.map((remediator) => ({
  ...remediator,
  plan: (observation, drift) => {
    plans.set(drift, (plans.get(drift) ?? 0) + 1);
    return remediator.plan(observation, drift);
  },
}));

function expectOneEach(): void {
  expect(plans.size).toBeGreaterThan(0);
  expect([...plans.values()].filter((count) => count !== 1)).toEqual([]);
}

const killSwitch = new TestSwitch();
beforeEach(() => killSwitch.turn('allowed'));

test('a drift that is closed at once', async () => {
  await world.guard(['weights'], { remediators, killSwitch });
  await world.opens('weights');
  expect(world.isClosed('weights')).toBe(true);
  expectOneEach();
});

test('a drift that the kill switch holds, and that is closed once it is lifted', async () => {
  killSwitch.turn('stopped');
  await world.guard(['weights'], { remediators, killSwitch });
  await world.opens('weights');
  expect(world.isClosed('weights')).toBe(false);
  killSwitch.turn('allowed');
  await world.passes(3 * minuteMs);
  expect(world.isClosed('weights')).toBe(true);
  expectOneEach();
});

test('a drift that people are asked about and approve', async () => {
  const deciders = new Deciders(world, 'weights');
  const policy = policyWith({}, { modeOf: () => ({ mode: 'approve', rule: 'test' }), ...decidedBySecurity });
  await world.guard(['weights'], withDeciders(deciders, { remediators, killSwitch, policy }));
  await world.opens('weights');
  expect(await deciders.decide('approve', person('officer@contoso.com'))).toMatchObject({ kind: 'recorded' });
  await world.passes(minuteMs);
  expect(world.isClosed('weights')).toBe(true);
  expectOneEach();
});

test('a change that was begun and not made', async () => {
  await world.guard(['weights'], { remediators, killSwitch });
  // Resource Manager does not answer the write: the change stays begun, and the next look goes on with it.
  world.bed.faults.add({
    target: 'arm',
    methods: ['PATCH'],
    urlPattern: world.subscription,
    effect: { kind: 'status', status: 503, code: 'ServiceUnavailable' },
    times: 8,
  });
  await world.opens('weights');
  world.bed.faults.clear();
  await world.passes(10 * minuteMs);
  expect(world.isClosed('weights')).toBe(true);
  expectOneEach();
});
