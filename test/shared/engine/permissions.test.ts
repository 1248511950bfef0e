import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DecisionVerifier } from '../../../shared/approval/decision-verifier.ts';
import { longestLeaveMs } from '../../../shared/approval/rules.ts';
import type { Case } from '../../../shared/case/draft.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import type { JsonObject } from '../../../shared/contract/json.ts';
import { asJson } from '../../../shared/contract/json.ts';
import type { Policy } from '../../../shared/policy/policy.ts';
import { decidedBySecurity, Deciders, person, withDeciders } from '../../support/deciders.ts';
import { account } from '../../support/estate.ts';
import { dayMs, GuardWorld, hourMs, minuteMs, policyWith, TestSwitch } from '../../support/guard-world.ts';
import { TableWriter } from '../../support/planted.ts';

/** What people permitted is theirs alone to permit: whoever can write the table, and cannot sign, permits nothing. */

let world: GuardWorld;
let table: TableWriter;
beforeAll(async () => {
  world = await GuardWorld.start();
  table = new TableWriter(world.bed, 'ledger');
});
afterAll(() => world.bed.stop());

let deciders: Deciders;
const [officer, colleague] = [person('officer@contoso.com'), person('colleague@contoso.com')];
const breaker = { failures: 1_000, withinMs: dayMs };

async function guarded(policy: Partial<Policy> = {}, engine: Partial<Engine> = {}): Promise<void> {
  deciders = new Deciders(world, 'weights');
  await world.guard(['weights'], {
    ...withDeciders(deciders, { killSwitch: new TestSwitch(), ...engine }),
    policy: { ...policyWith({ breaker }), ...decidedBySecurity, ...policy },
  });
}

const tls = 'weights storage-account-min-tls';
const aMoment = (fromNowMs: number) => new Date(world.clock.now().getTime() + fromNowMs).toISOString();
const permission = (until: string) => ({
  caseId: 'x',
  actor: {},
  owner: 'nobody',
  reason: 'planted',
  until,
});
const far = '2199-12-31T00:00:00.000Z';
const inTwentyDays = () => aMoment(20 * dayMs);

describe('a permission that somebody wrote into a row keeps nothing open', () => {
  it.each([
    ['for ever', () => far],
    ['for as long as people may give', inTwentyDays],
    ['until no time at all', () => 'for ever'],
  ])('of a case that waits for people (%s)', async (_, until) => {
    await guarded({ modeOf: () => ({ mode: 'approve', rule: 'test' }) });
    await world.opens('weights');
    const planted = (data: JsonObject) => ({ ...data, permission: permission(until()) });
    expect(await table.alterCases(world.subscription, 'open', planted)).toBe(1);
    await world.tell(world.idOf('weights'));
    expect(await world.holds()).toEqual({ [tls]: 'awaiting-decision' });
    expect(await deciders.decide('approve', officer)).toMatchObject({ kind: 'recorded' });
    expect(world.isClosed('weights')).toBe(true);
  });

  it.each([
    ['for ever', () => far],
    ['for as long as people may give', inTwentyDays],
  ])('of a case that was closed: what opens then is closed (%s)', async (_, until) => {
    await guarded();
    await world.opens('weights');
    const undone = ({ change: _, ...data }: JsonObject) => ({
      ...data,
      closed: 'undone',
      undo: permission(until()),
    });
    expect(await table.alterCases(world.subscription, 'closed', undone)).toBe(1);
    await world.opens('weights');
    expect(world.isClosed('weights')).toBe(true);
    expect(await world.holds()).toEqual({});
  });

  it('also not with the decisions of another undo', async () => {
    await guarded();
    await world.opens('weights');
    await undo();
    const [genuine] = (await deciders.cases()).closed.filter(({ data }) => data.undo !== undefined);
    await world.passes(2 * dayMs);
    expect(world.isClosed('weights')).toBe(true);
    const { decisions, change, undo: taken } = genuine?.data ?? expect.fail('nothing was undone');
    await table.alterCases(world.subscription, 'closed', (data) => ({
      ...data,
      closed: 'undone',
      ...(asJson({ decisions, change, undo: { ...taken, until: far } }) as JsonObject),
    }));
    await world.opens('weights');
    expect(world.isClosed('weights')).toBe(true);
  });
});

/** A drift that nobody saw opening, which people are asked about. */
async function standing(): Promise<void> {
  world.becomes(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
  await world.tell(world.idOf('weights'), { source: 'sweep' });
  expect(await world.holds()).toEqual({ [tls]: 'awaiting-decision' });
}

it.each([-dayMs, -1, 0])(
  'a permission that somebody wrote, and that has ended (%d ms), closes no standing drift without people',
  async (fromNowMs) => {
    await guarded();
    await standing();
    const planted = (data: JsonObject) => ({ ...data, permission: permission(aMoment(fromNowMs)) });
    await table.alterCases(world.subscription, 'open', planted);
    await world.passes(minuteMs);
    await world.tell(world.idOf('weights'), { source: 'sweep' });
    expect(world.isClosed('weights')).toBe(false);
    expect(await world.holds()).toEqual({ [tls]: 'awaiting-decision' });
  },
);

async function fixedCase(): Promise<Case> {
  const { closed } = await deciders.cases();
  return closed.findLast(({ data }) => data.closed === 'fixed') ?? expect.fail('nothing was fixed');
}

/** Two people, since nobody knows who opened it. */
async function undo(forMs = dayMs): Promise<void> {
  const until = new Date(world.clock.now().getTime() + forMs);
  for (const by of [officer, colleague]) {
    const asked = await deciders.decide('undo', by, { reason: 'the old client', until }, await fixedCase());
    expect(asked).toMatchObject({ kind: 'recorded' });
  }
}

describe('a permission that people gave', () => {
  beforeEach(async () => {
    await guarded();
    await world.opens('weights');
  });

  it('ends when they said, whatever the rows say since', async () => {
    await undo();
    const longer = (data: JsonObject) => ({
      ...data,
      ...(data.undo === undefined ? {} : { undo: { ...(data.undo as JsonObject), until: far } }),
      ...(data.permission === undefined ? {} : { permission: permission(far) }),
    });
    await table.alterCases(world.subscription, 'open', (data) => ({
      ...data,
      permission: { ...(data.permission as JsonObject), until: far },
    }));
    await table.alterCases(world.subscription, 'closed', longer);
    await world.tell(world.idOf('weights'));
    expect(await world.holds()).toEqual({ [tls]: 'exempt' });
    await world.passes(dayMs + 1);
    expect(world.isClosed('weights')).toBe(true);
  });

  it('lasts as long as people may give it, and no longer', async () => {
    await undo(longestLeaveMs);
    await world.passes(longestLeaveMs - hourMs);
    expect(world.isClosed('weights')).toBe(false);
    await world.passes(hourMs + 1);
    expect(world.isClosed('weights')).toBe(true);
  });

  it('counts no more once the policy names none of those who gave it', async () => {
    await undo();
    world.engine = { ...world.engine, policy: { ...world.engine.policy, approversOf: () => [] } };
    await world.tell(world.idOf('weights'));
    expect(await world.holds()).not.toMatchObject({ [tls]: 'exempt' });
  });

  it('is not taken for withdrawn while its signatures cannot be verified', async () => {
    const { verifier } = deciders;
    let isAway = false;
    const decisions: DecisionVerifier = {
      check: (signed) => (isAway ? Promise.resolve('unknown') : verifier.check(signed)),
    };
    world.engine = { ...world.engine, decisions };
    await undo();
    isAway = true;
    // The event says who wrote, so that the drift counts as witnessed and nothing else would stop its closing.
    await table.alterCases(world.subscription, 'open', (data) => ({ ...data, witnessed: true }));
    await world.tell(world.idOf('weights'));
    await world.passes(minuteMs);
    expect(world.isClosed('weights')).toBe(false);
    isAway = false;
    await world.passes(2 * minuteMs);
    expect(await world.holds()).toEqual({ [tls]: 'exempt' });
    await world.passes(dayMs);
    expect(world.isClosed('weights')).toBe(true);
  });
});
