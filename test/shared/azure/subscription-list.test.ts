import { afterAll, beforeAll, expect, it } from 'vitest';
import { managedIdentity } from '../../../shared/azure/clients.ts';
import { openSubscriptionList } from '../../../shared/azure/subscription-list.ts';
import { readSettings } from '../../../shared/settings.ts';
import { createTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { newSubscription } from '../../support/estate.ts';
import { createTestTime } from '../../support/sweep-world.ts';
import { startTestBed, type TestBed } from '../../support/test-bed.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed.stop());

function list() {
  const { arm, identities } = readSettings(bed.deployment.settings('worker'));
  const calls: string[] = [];
  const clock = createTestTime();
  const telemetry = createTelemetry(clock, () =>
    Promise.resolve({ send: () => undefined, flush: () => Promise.resolve() }),
  );
  const ask = openSubscriptionList({
    arm,
    credential: () => managedIdentity(identities.observe),
    clock,
    telemetry: {
      dependency: (name, act) => {
        calls.push(name);
        return telemetry.dependency(name, act);
      },
    },
  });
  return { calls, ask: () => ask(new Date(clock.now().getTime() + 60_000)) };
}

it('tells the identity that observes the name of each subscription on which it has a role, in one call', async () => {
  const [guarded, foreign] = [newSubscription(), newSubscription()];
  bed.azure.arm.state.addSubscription(guarded, 'Research training');
  bed.azure.arm.state.addSubscription(foreign, 'Somebody else’s');
  bed.guard(guarded);
  const { ask, calls } = list();
  const listed = await ask();
  expect(listed.find(({ id }) => id === guarded)?.displayName).toBe('Research training');
  expect(listed.some(({ id }) => id === foreign)).toBe(false);
  expect(calls).toEqual(['GET /subscriptions']);
});
