import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignedDecision } from '../../../shared/case/decision.ts';
import { signedText } from '../../../shared/case/decision.ts';
import { Deciders, decidedBySecurity, person, withDeciders } from '../../support/deciders.ts';
import { dayMs, GuardWorld, minuteMs, policyWith, TestSwitch } from '../../support/guard-world.ts';
import { localKey } from '../../support/local-key.ts';
import { entriesOf } from '../../support/scenario.ts';

/** The worker records what comes through the inbox: whoever can add messages can record nothing that nobody decided. */

let world: GuardWorld;
let deciders: Deciders;
/** Every message that the web app handed in. */
let handed: Handed[];
interface Handed {
  kind: string;
  root: string;
  undoes?: string;
  signed: SignedDecision;
  [name: string]: unknown;
}

const control = 'storage-account-min-tls';
const approver = person('approver@contoso.com', ['Leakstop.Approver']);
const owner = person('owner@contoso.com', ['Leakstop.RiskOwner']);

beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());
beforeEach(async () => {
  deciders = new Deciders(world, 'weights');
  handed = [];
  const modeOf = (subject: { control: string }) =>
    ({ mode: subject.control === control ? 'approve' : 'off', rule: 'test' }) as const;
  const policy = policyWith({}, { modeOf, ...decidedBySecurity });
  await world.guard(['weights'], withDeciders(deciders, { killSwitch: new TestSwitch(), policy }));
  world.clock.advance(minuteMs);
  await world.opens('weights', { minimumTlsVersion: 'TLS1_0' });
});

const record = (message: unknown) => deciders.recorder().record(JSON.parse(JSON.stringify(message)));
const kinds = async (kind: string) => (await world.entries()).filter((entry) => entry.kind === kind);

/** The message of a decision that the web app takes and signs, and that does not arrive. */
async function messageOf(verdict: 'approve' | 'exempt' | 'undo', by = owner): Promise<Handed> {
  const subject = await deciders.subject();
  const { proposalHash, proposalOf } = await import('../../../shared/case/proposal.ts');
  const lost = new Error('lost');
  const hand = (message: object) => {
    handed.push(message as Handed);
    return Promise.reject(lost);
  };
  const until = verdict === 'approve' ? {} : { until: new Date(world.clock.now().getTime() + dayMs) };
  const request = {
    subscription: world.subscription,
    caseId: subject.caseId,
    proposal: proposalHash(proposalOf(subject)),
    verdict,
    reason: 'it is known',
    ...until,
  };
  await expect(deciders.service({ inbox: { hand } }).decide(request, by)).rejects.toBe(lost);
  return handed.at(-1) ?? expect.fail('it was handed in');
}

const resigned = async (message: Handed, change: Partial<SignedDecision['decision']>, key = deciders.key) => {
  const decision = { ...message.signed.decision, ...change };
  return { ...message, signed: { decision, signature: await key.sign(signedText(decision)) } };
};

describe('a message of the inbox', () => {
  it.each<[string, string, (message: Handed) => unknown]>([
    [
      'is signed by another key',
      'not-allowed',
      (message) => resigned(message, {}, localKey('https://v/keys/x/1')),
    ],
    [
      'was changed after it was signed',
      'not-allowed',
      (message) => ({
        ...message,
        signed: { ...message.signed, decision: { ...message.signed.decision, verdict: 'approve' } },
      }),
    ],
    [
      'is of somebody without the role',
      'not-allowed',
      (message) => resigned(message, { by: { ...message.signed.decision.by, roles: ['Leakstop.Auditor'] } }),
    ],
    [
      'is of nobody whom the policy names',
      'not-allowed',
      (message) =>
        resigned(message, {
          by: { ...message.signed.decision.by, as: '99999999-0000-4000-8000-000000000000' },
        }),
    ],
    ['is about another proposal', 'changed', (message) => resigned(message, { proposal: 'f'.repeat(64) })],
    ['is about a case that is not there', 'not-found', (message) => resigned(message, { caseId: 'none' })],
    ['names another root', 'not-found', (message) => ({ ...message, root: world.idOf('anchor') })],
  ])('that %s is refused, once, and the ledger says why', async (_, code, change) => {
    const message = await change(await messageOf('exempt'));
    await record(message);
    await record(message);
    expect((await kinds('decision-refused')).map(({ payload }) => payload.code)).toEqual([code]);
    expect(await kinds('decision-recorded')).toEqual([]);
    expect(await world.holds()).toEqual({ [`weights ${control}`]: 'awaiting-decision' });
  });

  it.each<[string, (message: Handed) => unknown]>([
    ['is no object', () => 'approve'],
    ['says nothing', () => ({})],
    ['says more than it may', (message) => ({ ...message, approved: true })],
    ['is of another kind', (message) => ({ ...message, kind: 'change-intended' })],
    [
      'is of a subscription that is not guarded',
      (message) => resigned(message, { subscription: '00000000-0000-4000-8000-000000000001' }),
    ],
  ])('that %s is told in the chain of the service', async (_, change) => {
    const before = (await entriesOf(world.bed, 'service')).length;
    await record(await change(await messageOf('exempt')));
    const told = (await entriesOf(world.bed, 'service')).slice(before);
    expect(told.map(({ kind }) => kind)).toEqual(['decision-refused']);
    expect(await kinds('decision-recorded')).toEqual([]);
  });

  it('that is handed out twice is recorded once, and its change is made once', async () => {
    const message = await messageOf('approve', approver);
    await record(message);
    expect(world.isClosed('weights')).toBe(true);
    await record(message);
    expect(await kinds('decision-recorded')).toHaveLength(1);
    expect(await kinds('decision-refused')).toEqual([]);
    expect(await kinds('change-intended')).toHaveLength(1);
  });

  it('that comes after the case closed is refused', async () => {
    const [late, first] = [await messageOf('exempt'), await messageOf('approve', approver)];
    await record(first);
    await record(late);
    expect((await kinds('decision-refused')).map(({ payload }) => payload.id)).toEqual([
      late.signed.decision.id,
    ]);
    expect(world.isClosed('weights')).toBe(true);
  });

  it('while the key cannot be read is neither recorded nor refused, and comes again', async () => {
    const message = await messageOf('exempt');
    const away = deciders.recorder({ check: () => Promise.resolve('unknown') });
    await expect(away.record(message)).rejects.toMatchObject({ code: 'storage-unavailable' });
    expect(await kinds('decision-refused')).toEqual([]);
    await record(message);
    expect(await kinds('decision-recorded')).toHaveLength(1);
  });

  it('that the host gave up is told by its id', async () => {
    const message = await messageOf('exempt');
    await deciders.recorder().recordPoisoned(message);
    const told = (await entriesOf(world.bed, 'service')).at(-1);
    expect(told).toMatchObject({ kind: 'decision-refused', payload: { id: message.signed.decision.id } });
  });
});

describe('an undo through the inbox', () => {
  beforeEach(async () => {
    await deciders.decide('approve', approver);
    expect(world.isClosed('weights')).toBe(true);
    deciders.isQueueUp = false;
  });

  it('opens one case, of the id that was signed, however often the message comes', async () => {
    const message = await messageOf('undo');
    await record(message);
    await record(message);
    const { open } = await deciders.cases();
    expect(open.map(({ caseId }) => caseId)).toEqual([message.signed.decision.caseId]);
    expect((await kinds('decision-recorded')).length).toBe(2);
  });

  it.each([
    [1, 'decided'],
    [2, 'changed'],
  ])('of two at the same time, where it takes %d, opens one, and refuses the other', async (quorum, code) => {
    const policy = { ...world.engine.policy, quorumOf: () => quorum };
    (world as { engine: typeof world.engine }).engine = { ...world.engine, policy };
    const one = await messageOf('undo');
    const other = await messageOf('undo', person('b@contoso.com', ['Leakstop.RiskOwner']));
    await record(one);
    await record(other);
    expect((await deciders.cases()).open).toHaveLength(1);
    expect((await kinds('decision-refused')).map(({ payload }) => payload.code)).toEqual([code]);
  });

  it('of a closed case that the decision does not name by its proposal is refused', async () => {
    const message = await messageOf('undo');
    await world.opens('weights', { supportsHttpsTrafficOnly: false });
    await record({ ...message, undoes: 'another' });
    expect((await kinds('decision-refused')).map(({ payload }) => payload.code)).toEqual(['not-found']);
  });
});

it('the person waits until it is recorded, and is told so if it takes too long', async () => {
  const service = deciders.service({ inbox: { hand: () => Promise.resolve() } });
  const subject = await deciders.subject();
  const { proposalHash, proposalOf } = await import('../../../shared/case/proposal.ts');
  const request = {
    subscription: world.subscription,
    caseId: subject.caseId,
    proposal: proposalHash(proposalOf(subject)),
    verdict: 'approve',
    reason: '',
  } as const;
  await expect(service.decide(request, approver)).rejects.toMatchObject({
    code: 'storage-unavailable',
    message: expect.stringContaining('handed in') as string,
  });
  expect(await kinds('decision-recorded')).toEqual([]);
});
