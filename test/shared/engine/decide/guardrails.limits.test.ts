import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBreaker } from '../../../../shared/engine/guards/breaker.ts';
import { openTenantBudget } from '../../../../shared/engine/guards/tenant-budget.ts';
import { account, container } from '../../../support/estate.ts';
import { GuardWorld, hourMs, minuteMs, policyWith } from '../../../support/guard-world.ts';
import { openCasesOf } from '../../../support/scenario.ts';

let world: GuardWorld;
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());

/** Changes started, by hour of the simulated clock and by severity of their case. */
async function changesByHour(): Promise<{ all: number[]; ordinary: number[] }> {
  const entries = await world.entries();
  const critical = new Set(
    entries
      .filter(({ kind, payload }) => kind === 'case-opened' && payload.severity === 'critical')
      .map((entry) => entry.case),
  );
  const intents = entries.filter(({ kind }) => kind === 'change-intended');
  const count = (chosen: typeof intents) =>
    [...Map.groupBy(chosen, ({ time }) => time.slice(0, 13)).values()].map(({ length }) => length);
  return {
    all: count(intents),
    ordinary: count(intents.filter((entry) => !critical.has(entry.case))),
  };
}

it.each([
  ['of the subscription', { changesPerHour: 5, criticalReserve: 0.4 }, { ordinary: 3, all: 6 }],
  // One subscription has a tenth of the tenant's budget.
  ['of the tenant', { tenantChangesPerHour: 10, criticalReserve: 0.4 }, { ordinary: 1, all: 4 }],
  ['of the tenant', { tenantChangesPerHour: 20, criticalReserve: 0.95 }, { ordinary: 1, all: 4 }],
])(
  'a storm: never more ordinary changes in an hour than the budget %s, critical drift gets the reserve, all is closed in time',
  async (_, limits, most) => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    await world.guard(names, { policy: policyWith(limits) });
    const { engine, subscription, clock } = world;
    world.engine = {
      ...engine,
      tenantBudget: openTenantBudget(engine.ledger, [subscription], clock),
    };
    const open = world.bed.azure.arm.state;
    await Promise.all(names.map((name) => world.opens(name)));
    expect((await changesByHour()).ordinary).toEqual([most.ordinary]);

    // Critical: the account itself is open, by a hold, and its container opens now.
    const body = open.get(world.idOf('a')) as { id: string; properties: Record<string, unknown> };
    world.becomes({ ...body, properties: { ...body.properties, allowBlobPublicAccess: true } } as never);
    for (const name of ['x', 'y', 'z']) {
      const models = container(world.idOf('a'), name, 'Blob');
      world.becomes(models);
      await world.tell(models.id);
    }
    expect((await changesByHour()).all).toEqual([most.all]);
    for (let hour = 0; hour < 6; hour += 1) {
      await world.passes(hourMs + minuteMs);
    }
    const { all, ordinary } = await changesByHour();
    expect(Math.max(...all)).toBeLessThanOrEqual(most.all);
    expect(Math.max(...ordinary)).toBeLessThanOrEqual(most.ordinary);
    expect(names.filter((name) => !world.isClosed(name))).toEqual([]);
    expect(Object.values(await world.holds()).filter((hold) => hold === 'budget')).toEqual([]);
  },
);

it('the tenant counts what this process is about to start, before any head says so', async () => {
  let inHead = 3;
  const budget = openTenantBudget(
    { changesThisHour: () => Promise.resolve(inHead) },
    ['s', 't'],
    world.clock,
  );
  await budget.refresh();
  expect(budget.used()).toBe(6);
  const taken = budget.take(2);
  expect(budget.used()).toBe(8);
  taken.settle(true);
  expect(budget.used()).toBe(8);
  budget.take(1).settle(false);
  expect(budget.used()).toBe(8);
  inHead = 4;
  world.clock.advance(5_000);
  await budget.refresh();
  expect(budget.used()).toBe(8);
});

const limits = { breaker: { failures: 3, withinMs: 2 * hourMs } };

it('failures that are counted at the same moment by several processes all count, and each once', async () => {
  const { limits: all } = policyWith(limits);
  const { ledger } = await world.bed.newEngine();
  const { ledger: other } = await world.bed.newEngine();
  const breakers = [ledger, other, ledger, other].map((each) => openBreaker(each, world.clock));
  const control = `test-${world.clock.uuid()}`;
  const resource = (id: string) => account(world.subscription, `failed${id.replaceAll(' ', '')}`).id;
  const failure = (id: string) =>
    ({ control, id, kind: 'not-converged', resource: resource(id), writers: [] }) as const;
  await Promise.all(
    breakers.flatMap((breaker, index) => [
      breaker.record(failure(`${index}`), all),
      breaker.record(failure('the same'), all),
    ]),
  );
  const [first] = breakers;
  await first!.refresh(all);
  const { subscription } = world;
  expect(first!.trippedOf(control, subscription, all)).toMatchObject({ failures: 5, subscription });
  expect(first!.trippedOf(control, crypto.randomUUID(), all)).toBeUndefined();
  world.clock.advance(2 * hourMs);
  await first!.refresh(all);
  expect(first!.trippedOf(control, subscription, all)).toBeUndefined();
  expect((await openCasesOf(world.bed, 'tenant')).filter((each) => each.resource === control)).toEqual([]);
});

it('a control whose changes are not verified is stopped everywhere, and goes on when the time has passed', async () => {
  const policy = policyWith({ breaker: { failures: 2, withinMs: 2 * hourMs } });
  await world.guard(['a', 'b', 'c'], { policy });
  const effect = { kind: 'status', status: 200 } as const;
  const fault = world.bed.faults.add({
    target: 'arm',
    effect,
    methods: ['PATCH'],
    urlPattern: world.subscription,
  });
  for (const name of ['a', 'b']) {
    await world.opens(name);
    await world.passes(16_000);
    await world.passes(61_000);
  }
  expect(Object.values(await world.holds())).toEqual(['failed', 'failed']);
  world.bed.faults.remove(fault);
  await world.opens('c');
  expect(world.isClosed('c')).toBe(false);
  expect(Object.values(await world.holds())).toContain('breaker');
  await world.passes(2 * hourMs + minuteMs);
  expect(world.isClosed('c')).toBe(true);
});
