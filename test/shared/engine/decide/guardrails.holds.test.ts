import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Activity } from '../../../../shared/contract/activity.ts';
import { escalateDue } from '../../../../shared/engine/sweep/escalate-due.ts';
import type { Manager } from '../../../../shared/contract/surroundings.ts';
import { noSurroundings } from '../../../../shared/contract/surroundings.ts';
import { takeBaseline } from '../../../../shared/engine/run/take-baseline.ts';
import type { PolicySubject } from '../../../../shared/policy/policy.ts';
import { account, container } from '../../../support/estate.ts';
import { dayMs, GuardWorld, hourMs, minuteMs, policyWith } from '../../../support/guard-world.ts';

let world: GuardWorld;
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());

const entry = async (kind: string) => (await world.entries()).filter((each) => each.kind === kind);

it('an exemption holds a drift until it ends, whatever else happens on its root, and then it is closed', async () => {
  const expires = new Date(world.clock.now().getTime() + 3 * hourMs);
  const exemption = { rule: 'demo', owner: 'ann', reason: 'a demo', ticket: 'T-1', expires };
  const asked: PolicySubject[] = [];
  const policy = policyWith(
    {},
    {
      exemptionOf: (subject) => {
        asked.push(subject);
        return subject.control === 'storage-account-min-tls' ? exemption : undefined;
      },
    },
  );
  await world.guard(['weights'], { policy });
  await world.opens('weights');
  const [held] = await entry('case-held');
  expect(held?.payload).toMatchObject({
    reason: 'exempt',
    rule: 'demo',
    owner: 'ann',
    expires: expires.toISOString(),
  });
  expect(asked.every(({ tags }) => tags?.team === 'training')).toBe(true);

  world.clock.advance(hourMs);
  const models = container(world.idOf('weights'), 'models');
  world.becomes(models);
  await world.tell(models.id);
  expect(world.isClosed('weights')).toBe(false);
  await world.passes(2 * hourMs + 1_000);
  expect(world.isClosed('weights')).toBe(true);
});

it('a freeze holds what would be changed, and is looked at again when it ends', async () => {
  const opensAt = new Date(world.clock.now().getTime() + hourMs);
  const policy = policyWith(
    {},
    {
      timingOf: (_, now) =>
        now < opensAt ? { kind: 'closed', reason: 'frozen', rule: 'new year', opensAt } : { kind: 'open' },
    },
  );
  await world.guard(['weights'], { policy });
  await world.opens('weights');
  expect((await entry('case-held'))[0]?.payload).toMatchObject({ reason: 'frozen', rule: 'new year' });
  await world.passes(hourMs + 1);
  expect(world.isClosed('weights')).toBe(true);
});

it('what stood open before is closed once the policy releases it, and the entry names the rule', async () => {
  await world.guard([]);
  world.becomes(account(world.subscription, 'standing', { minimumTlsVersion: 'TLS1_0' }));
  await world.tell(world.idOf('standing'), { source: 'sweep' });
  expect(Object.values(await world.holds())).toEqual(['awaiting-decision']);
  world.engine = { ...world.engine, policy: policyWith({}, { releaseOf: () => 'batch 1' }) };
  await world.tell(world.idOf('standing'), { source: 'sweep' });
  expect(world.isClosed('standing')).toBe(true);
  expect((await entry('case-decided'))[0]?.payload).toMatchObject({ released: 'batch 1', witnessed: false });
});

describe('a tug-of-war', () => {
  const policy = policyWith({ tugOfWar: { rounds: 3, withinMs: dayMs } });
  const deployer = { objectId: 'a-principal', appId: 'a-pipeline', name: 'deploy' };

  it('is held after so many rounds, names who re-opens it, and escalates once', async () => {
    await world.guard(['weights'], { policy });
    for (let round = 0; round < 3; round += 1) {
      await world.opens('weights', undefined, { actor: deployer });
      expect(world.isClosed('weights')).toBe(true);
      world.clock.advance(10 * minuteMs);
    }
    await world.opens('weights', undefined, { actor: deployer });
    expect(world.isClosed('weights')).toBe(false);
    expect(Object.values(await world.holds())).toEqual(['tug-of-war']);
    const [held] = await entry('case-held');
    expect(held?.payload).toMatchObject({ reason: 'tug-of-war', rounds: 3, writers: [deployer] });

    // It stays so for as long as it is open, also when the rounds have passed out of the window.
    await world.tell(world.idOf('weights'));
    await world.passes(2 * dayMs);
    await world.tell(world.idOf('weights'), { source: 'sweep' });
    expect(world.isClosed('weights')).toBe(false);
    expect(await entry('case-escalated')).toMatchObject([{ payload: { reason: 'tug-of-war' } }]);

    world.becomes(account(world.subscription, 'weights'));
    await world.tell(world.idOf('weights'));
    await world.opens('weights');
    expect(world.isClosed('weights')).toBe(true);
  });

  it('asks the Activity Log where events do not tell who it was, and is held when that is away too', async () => {
    const asked: string[] = [];
    const activity: Activity = {
      writersOf: (resource) => {
        asked.push(resource);
        return resource.endsWith('/a') ? Promise.resolve([deployer]) : Promise.reject(new Error('away'));
      },
    };
    await world.guard(['a', 'b'], { policy, activity });
    for (const name of ['a', 'b']) {
      for (let round = 0; round < 4; round += 1) {
        await world.opens(name, undefined, { actor: {} });
        world.clock.advance(10 * minuteMs);
      }
      expect(world.isClosed(name)).toBe(false);
    }
    expect(asked).toEqual([world.idOf('a'), world.idOf('b')]);
    const held = (await entry('case-held')).map(({ payload }) => payload.writers);
    expect(held).toEqual([[deployer], []]);
  });
});

describe('a resource whose group has a manager', () => {
  const managedBy = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Databricks/workspaces/w';
  it.each<[Manager, string[], Record<string, unknown>]>([
    [{ kind: 'managed', by: managedBy }, ['managed'], { managedBy }],
    [{ kind: 'unknown', reason: 'may not read it' }, ['awaiting-decision'], { because: 'may not read it' }],
    [{ kind: 'none' }, [], { decision: 'change' }],
  ])('%j', async (manager, states, told) => {
    const surroundings = { ...noSurroundings, managerOf: () => Promise.resolve(manager) };
    await world.guard(['weights'], { surroundings });
    await world.opens('weights');
    expect(Object.values(await world.holds())).toEqual(states);
    expect(world.isClosed('weights')).toBe(states.length === 0);
    expect((await world.entries()).some(({ payload }) => isPart(told, payload))).toBe(true);
  });

  const isPart = (part: Record<string, unknown>, whole: Record<string, unknown>) =>
    Object.entries(part).every(([name, value]) => whole[name] === value);
});

it("what would not be changed asks nobody: not Azure, not the kill switch's blob", async () => {
  let asked = 0;
  const ask = <T>(answer: T) => {
    asked += 1;
    return Promise.resolve(answer);
  };
  const surroundings = {
    managerOf: () => ask({ kind: 'none' } as const),
    exemptionsOf: () => ask([]),
    assignmentsOf: () => ask(undefined),
  };
  await world.guard(['weights'], { surroundings });
  world.becomes(account(world.subscription, 'standing', { minimumTlsVersion: 'TLS1_0' }));
  await world.tell(world.idOf('standing'), { source: 'sweep' });
  await world.tell(world.idOf('weights'));
  expect(asked).toBe(0);
});

it('an exemption of Azure Policy counts where the policy says so, and for no longer', async () => {
  const expiresOn = new Date(world.clock.now().getTime() + hourMs);
  const exemption = {
    id: '/exemption',
    definitions: ['fe83a0eb-a853-422d-aac2-1bffd182c5d0'],
    category: 'Waiver',
    expiresOn,
  } as const;
  const surroundings = { ...noSurroundings, exemptionsOf: () => Promise.resolve([exemption]) };
  const policy = policyWith({}, { azureExemptionsOf: () => ({ rule: 'azure', mostDays: 30 }) });
  await world.guard(['weights'], { surroundings, policy });
  await world.opens('weights');
  expect((await entry('case-held'))[0]?.payload).toMatchObject({
    reason: 'exempt',
    rule: 'azure',
    azureExemption: '/exemption',
  });
  await world.passes(hourMs + 1);
  expect(world.isClosed('weights')).toBe(true);
});

it('a case that is past due is escalated once: by its own wake, or by the sweep', async () => {
  const policy = policyWith(
    {},
    {
      modeOf: () => ({ mode: 'observe', rule: 'watch' }),
      ownershipOf: () => ({ rule: 'owners', owner: 'team-a', dueInMs: 2 * hourMs }),
    },
  );
  await world.guard(['a', 'b'], { policy });
  await world.opens('a');
  await world.passes(hourMs);
  expect(await entry('case-escalated')).toEqual([]);
  await world.passes(hourMs + 1);
  await world.passes(hourMs);
  const told = { reason: 'past-due', owner: 'team-a', rule: 'owners' };
  expect(await entry('case-escalated')).toMatchObject([{ payload: told }]);

  await world.opens('b');
  world.clock.advance(3 * hourMs);
  expect(await escalateDue(world.engine, world.subscription)).toBe(1);
  expect(await escalateDue(world.engine, world.subscription)).toBe(0);
  await world.wake();
  expect(await entry('case-escalated')).toHaveLength(2);
});

it('ordinary drift that moves faster than it can be verified is left to people after its rounds', async () => {
  await world.guard(['weights']);
  const id = world.idOf('weights');
  const fault = { kind: 'status', status: 200 } as const;
  world.bed.faults.add({ target: 'arm', effect: fault, methods: ['PATCH'], urlPattern: world.subscription });
  await world.opens('weights');
  for (let round = 0; round < 12; round += 1) {
    world.clock.advance(10_000);
    await world.tell(id);
  }
  expect(Object.values(await world.holds())).toEqual(['tug-of-war']);
  expect(await entry('change-intended')).toHaveLength(3);
  expect(await entry('case-escalated')).toMatchObject([{ payload: { reason: 'tug-of-war', rounds: 3 } }]);
  world.bed.faults.clear();
  expect(await takeBaseline(world.engine, world.bed.queue, world.subscription)).toEqual({
    kind: 'not-needed',
  });
});
