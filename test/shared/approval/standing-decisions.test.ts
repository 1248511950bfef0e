import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import type { Mode } from '../../../shared/contract/remediator.ts';
import type { Policy } from '../../../shared/policy/policy.ts';
import { dayMs, GuardWorld, hourMs, minuteMs, policyWith, TestSwitch } from '../../support/guard-world.ts';
import { Deciders, decidedBySecurity, person, withDeciders } from '../../support/deciders.ts';
import { lookFor } from '../../../shared/engine/sweep/needs-look.ts';

const control = 'storage-account-min-tls';
const causer = { objectId: 'cccccccc-0000-4000-8000-000000000000', name: 'causer@contoso.com', kind: 'User' };
let world: GuardWorld;
let deciders: Deciders;
let killSwitch: TestSwitch;
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());
beforeEach(() => {
  killSwitch = new TestSwitch();
  deciders = new Deciders(world, 'weights');
});
const approver = person('approver@contoso.com', ['Leakstop.Approver']);
const owner = person('owner@contoso.com', ['Leakstop.RiskOwner']);

function policyOf(mode: Mode, change: Partial<Policy> = {}): Policy {
  const modeOf: Policy['modeOf'] = (subject) => ({
    mode: subject.control === control ? mode : 'off',
    rule: 'test',
  });
  return policyWith({}, { modeOf, ...decidedBySecurity, ...change });
}
async function asked(
  mode: Mode = 'approve',
  change: Partial<Policy> = {},
  engine: Partial<Engine> = {},
): Promise<void> {
  await world.guard(
    ['weights'],
    withDeciders(deciders, { killSwitch, policy: policyOf(mode, change), ...engine }),
  );
  world.clock.advance(minuteMs);
  await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor: causer });
}
const states = () => world.holds();
const writes = () => world.bed.azure.accounting.calls({ method: 'PATCH', path: world.subscription }).length;
const far = new Date(Date.now() + 90 * dayMs);
const count = async (kind: string) => (await world.kinds()).filter((each) => each === kind).length;
const fault = (status: number, code: string, times: number) =>
  world.bed.faults.add({
    target: 'arm',
    effect: { kind: 'status', status, code },
    methods: ['PATCH'],
    urlPattern: world.subscription,
    times,
  } as never);
const away = { check: () => Promise.resolve('unknown' as const) };

it('a denial that ends is not told as a question that nobody answered', async () => {
  await asked();
  await deciders.decide('deny', owner, { until: new Date(world.clock.now().getTime() + 3 * dayMs) });
  await world.passes(3 * dayMs + hourMs);
  expect(await states()).toEqual({ [`weights ${control}`]: 'awaiting-decision' });
  expect(await count('case-escalated')).toBe(0);
});

it('a change that is resumed while the key is away is not withdrawn and asked about again', async () => {
  await asked();
  fault(500, 'InternalServerError', 50);
  await deciders.decide('approve', approver);
  world.bed.faults.clear();
  expect(await states()).toEqual({ [`weights ${control}`]: 'changing' });
  world.engine = { ...world.engine, decisions: away };
  world.clock.advance(20 * minuteMs);
  await world.wake();
  expect(await count('change-withdrawn')).toBe(0);
  expect(await count('decision-requested')).toBe(1);
});

it('an undo whose signature cannot be verified now is looked at again soon', async () => {
  await asked();
  await deciders.decide('approve', approver);
  expect(world.isClosed('weights')).toBe(true);
  const real = world.engine.decisions;
  world.engine = { ...world.engine, decisions: away };
  await deciders.decide('undo', owner);
  world.engine = { ...world.engine, decisions: real };
  await world.passes(5 * minuteMs);
  expect(world.isClosed('weights')).toBe(false);
});

it('an undo that was decided is not given up as undecided because the key is away at its end', async () => {
  await asked();
  await deciders.decide('approve', approver);
  const real = world.engine.decisions;
  world.engine = { ...world.engine, decisions: away };
  await deciders.decide('undo', owner, { until: new Date(world.clock.now().getTime() + 30 * dayMs) });
  await world.passes(world.engine.policy.limits.decisionMs + minuteMs);
  world.engine = { ...world.engine, decisions: real };
  await world.passes(2 * hourMs);
  expect(world.isClosed('weights')).toBe(false);
});

it('half a denial of a failed case is no reason to write', async () => {
  await world.guard(
    ['weights'],
    withDeciders(deciders, { killSwitch, policy: policyOf('auto', { quorumOf: () => 2 }) }),
  );
  world.clock.advance(minuteMs);
  fault(403, 'AuthorizationFailed', 5);
  await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor: causer });
  expect(await states()).toEqual({ [`weights ${control}`]: 'failed' });
  const before = writes();
  world.clock.advance(minuteMs);
  expect(await deciders.decide('deny', owner)).toMatchObject({ given: 1, needed: 2 });
  expect(writes()).toBe(before);
});

it('an exemption of what a lock stops holds at once', async () => {
  await world.guard(['weights'], withDeciders(deciders, { killSwitch, policy: policyOf('auto') }));
  world.clock.advance(minuteMs);
  fault(409, 'ScopeLocked', 5);
  await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor: causer });
  expect(await states()).toEqual({ [`weights ${control}`]: 'locked' });
  world.clock.advance(minuteMs);
  expect(await deciders.decide('exempt', owner)).toMatchObject({ kind: 'recorded' });
  expect(await states()).toEqual({ [`weights ${control}`]: 'exempt' });
});

it('another wording of the impact does not close what people left open (auto)', async () => {
  await world.guard(
    ['weights'],
    withDeciders(deciders, {
      killSwitch,
      policy: policyOf('auto', {
        timingOf: () =>
          ({
            kind: 'closed',
            reason: 'frozen',
            rule: 'freeze',
            opensAt: new Date(world.clock.now().getTime() + 2 * hourMs),
          }) as never,
      }),
    }),
  );
  world.clock.advance(minuteMs);
  await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor: causer });
  expect(await states()).toEqual({ [`weights ${control}`]: 'frozen' });
  await deciders.decide('exempt', owner, { until: new Date(world.clock.now().getTime() + 30 * dayMs) });
  expect(await states()).toEqual({ [`weights ${control}`]: 'exempt' });
  const remediators = world.engine.remediators.map((each) => ({
    ...each,
    plan: (...args: Parameters<typeof each.plan>) => {
      const plan = each.plan(...args);
      return plan.kind === 'change'
        ? { ...plan, change: { ...plan.change, impact: `${plan.change.impact} (new words)` } }
        : plan;
    },
  }));
  world.engine = { ...world.engine, remediators, policy: policyOf('auto') };
  world.clock.advance(3 * hourMs);
  await world.tell(world.idOf('weights'), { source: 'sweep' });
  expect(writes()).toBe(0);
});

it('a decision whose commit was answered late is still told to the worker', async () => {
  await asked();
  const { ledger } = world.engine;
  let isFirst = true;
  const lossy = {
    ...ledger,
    append: async (unit: Parameters<typeof ledger.append>[0]) => {
      const answer = await ledger.append(unit);
      if (isFirst) {
        isFirst = false;
        return { kind: 'case-moved' } as never;
      }
      return answer;
    },
  };
  const service = deciders.service({}, lossy);
  const subject = await deciders.subject();
  const { proposalHash, proposalOf } = await import('../../../shared/case/proposal.ts');
  const result = await service.decide(
    {
      subscription: world.subscription,
      caseId: subject.caseId,
      proposal: proposalHash(proposalOf(subject)),
      verdict: 'approve',
      reason: '',
    },
    approver,
  );
  expect(result).toMatchObject({ kind: 'recorded' });
  expect(world.isClosed('weights')).toBe(true);
});

it('a sweep does not read what people left open, hour after hour', async () => {
  await asked();
  await deciders.decide('exempt', owner, { until: new Date(world.clock.now().getTime() + 80 * dayMs) });
  const { open } = await deciders.cases();
  const body = world.bed.azure.arm.state.get(world.idOf('weights'));
  const cases = new Map(open.map((each) => [each.key, each]));
  expect(
    lookFor(world.engine, world.engine.observers[0]!, body as never, world.clock.now(), cases),
  ).toBeUndefined();
});

it('a lapsed approval does not count, and may be given again', async () => {
  const policy = policyOf('auto', {
    quorumOf: () => 2,
    limits: { ...policyWith({}).limits, tugOfWar: { rounds: 2, withinMs: 30 * dayMs } },
  });
  await world.guard(['weights'], withDeciders(deciders, { killSwitch, policy }));
  for (let round = 0; round < 3; round += 1) {
    world.clock.advance(minuteMs);
    await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor: causer });
  }
  expect(await states()).toEqual({ [`weights ${control}`]: 'tug-of-war' });
  await deciders.decide('approve', approver);
  await world.passes(world.engine.policy.limits.decisionMs + minuteMs);
  expect(await deciders.decide('approve', person('b', ['Leakstop.Approver']))).toMatchObject({
    given: 1,
    needed: 2,
  });
});

it('a sweep finds a decision whose message was lost', async () => {
  await asked();
  deciders.isQueueUp = false;
  world.clock.advance(minuteMs);
  await deciders.decide('exempt', owner, { until: new Date(world.clock.now().getTime() + 80 * dayMs) });
  const { open } = await deciders.cases();
  const body = world.bed.azure.arm.state.get(world.idOf('weights'));
  const cases = new Map(open.map((each) => [each.key, each]));
  expect(
    lookFor(world.engine, world.engine.observers[0]!, body as never, world.clock.now(), cases),
  ).toBeDefined();
});

it('who approves what was approved and closed meanwhile is told that it is over', async () => {
  await asked();
  const shown = await deciders.subject();
  await deciders.decide('approve', approver, {}, shown);
  expect(world.isClosed('weights')).toBe(true);
  const result = await deciders.decide('approve', person('late', ['Leakstop.Approver']), {}, shown);
  expect(result).not.toMatchObject({ code: 'changed' });
});

const until = (days: number) => new Date(world.clock.now().getTime() + days * dayMs);
it.each<[string, Mode, Partial<Policy>, () => Promise<unknown>]>([
  ['denied', 'approve', {}, () => deciders.decide('deny', owner, { until: until(30) })],
  [
    'exempt',
    'auto',
    { timingOf: () => ({ kind: 'closed', reason: 'frozen', rule: 'f', opensAt: far }) as never },
    () => deciders.decide('exempt', owner, { until: until(30) }),
  ],
  ['one of two approvals', 'approve', { quorumOf: () => 2 }, () => deciders.decide('approve', approver)],
  [
    'one of two approvals of a hold',
    'auto',
    {
      quorumOf: () => 2,
      timingOf: () => ({ kind: 'closed', reason: 'frozen', rule: 'f', opensAt: far }) as never,
    },
    () => deciders.decide('approve', approver),
  ],
  [
    'one of two denials in observe',
    'observe',
    { quorumOf: () => 2 },
    () => deciders.decide('deny', owner, { until: until(30) }),
  ],
  ['denied in observe', 'observe', {}, () => deciders.decide('deny', owner, { until: until(30) })],
  [
    'approved under kill switch',
    'approve',
    {},
    async () => {
      killSwitch.turn('stopped');
      await deciders.decide('approve', approver);
    },
  ],
])('nothing new appends nothing: %s', async (_, mode, change, act) => {
  await asked(mode, change);
  await act();
  const before = await world.kinds();
  for (let count = 0; count < 4; count += 1) {
    await world.passes(10 * minuteMs);
    await world.tell(world.idOf('weights'), { source: 'sweep' });
    await world.tell(world.idOf('weights'));
  }
  expect((await world.kinds()).slice(before.length)).toEqual([]);
  expect(writes()).toBe(0);
});

it('throttled and lost writes of approved changes never touch the budget', async () => {
  await asked();
  fault(429, 'TooManyRequests', 3);
  await deciders.decide('approve', approver);
  await world.passes(10 * minuteMs);
  await world.passes(10 * minuteMs);
  await world.passes(10 * minuteMs);
  expect(world.isClosed('weights')).toBe(true);
  expect(await world.engine.ledger.changesThisHour(world.subscription)).toBe(0);
});

it('approving does not end the war: the next round is held again', async () => {
  const policy = policyOf('auto', {
    limits: { ...policyWith({}).limits, tugOfWar: { rounds: 2, withinMs: dayMs } },
  });
  await world.guard(['weights'], withDeciders(deciders, { killSwitch, policy }));
  for (let round = 0; round < 3; round += 1) {
    world.clock.advance(minuteMs);
    await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor: causer });
  }
  await deciders.decide('approve', approver);
  expect(world.isClosed('weights')).toBe(true);
  world.clock.advance(minuteMs);
  await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor: causer });
  expect(await states()).toEqual({ [`weights ${control}`]: 'tug-of-war' });
});

it('what people denied is asked about at its end, in auto too', async () => {
  const closed = { timingOf: () => ({ kind: 'closed', reason: 'frozen', rule: 'f', opensAt: far }) as never };
  await asked('auto', closed);
  await deciders.decide('deny', owner, { until: new Date(world.clock.now().getTime() + 3 * hourMs) });
  expect(await states()).toEqual({ [`weights ${control}`]: 'denied' });
  world.engine = { ...world.engine, policy: policyOf('auto') };
  await world.passes(4 * hourMs);
  expect(writes()).toBe(0);
  expect(await states()).toEqual({ [`weights ${control}`]: 'awaiting-decision' });
});
