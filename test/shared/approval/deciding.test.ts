import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SignedDecision } from '../../../shared/case/decision.ts';
import { signedText } from '../../../shared/case/decision.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import type { CaseData } from '../../../shared/case/case-data.ts';
import type { Mode } from '../../../shared/contract/remediator.ts';
import type { Policy } from '../../../shared/policy/policy.ts';
import { account } from '../../support/estate.ts';
import { dayMs, GuardWorld, hourMs, minuteMs, policyWith, TestSwitch } from '../../support/guard-world.ts';
import { localKey } from '../../support/local-key.ts';
import { Deciders, decidedBySecurity, person, securityGroup, withDeciders } from '../../support/deciders.ts';
import { sampleOf } from '../../support/sample-payloads.ts';
import type { EntryKind } from '../../../shared/ledger/format/states.ts';

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
const second = person('second@contoso.com', ['Leakstop.RiskOwner']);

function policyOf(mode: Mode, change: Partial<Policy> = {}): Policy {
  const modeOf: Policy['modeOf'] = (subject) => ({
    mode: subject.control === control ? mode : 'off',
    rule: 'test',
  });
  return policyWith({}, { modeOf, ...decidedBySecurity, ...change });
}

/** A drift that the policy has people asked about, opened by somebody who is known. */
async function asked(change: Partial<Policy> = {}, engine: Partial<Engine> = {}): Promise<void> {
  const policy = policyOf('approve', change);
  await world.guard(['weights'], withDeciders(deciders, { killSwitch, policy, ...engine }));
  world.clock.advance(minuteMs);
  await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor: causer });
}

const states = () => world.holds();
const awaiting = { [`weights ${control}`]: 'awaiting-decision' };
const writes = () => world.bed.azure.accounting.calls({ method: 'PATCH', path: world.subscription }).length;
const last = async (kind: string) => (await world.entries()).findLast((entry) => entry.kind === kind);

describe('an approval', () => {
  it('is carried out, once, and the ledger says who decided and what was written', async () => {
    await asked();
    expect(await states()).toEqual(awaiting);
    expect(await deciders.decide('approve', approver, { reason: '' })).toEqual({
      kind: 'recorded',
      given: 1,
      needed: 1,
    });
    expect(world.isClosed('weights')).toBe(true);
    expect(writes()).toBe(1);
    const intent = await last('change-intended');
    expect(intent?.payload).toMatchObject({ approval: { by: [approver.objectId] } });
    expect((await last('decision-recorded'))?.payload.decision).toMatchObject({
      verdict: 'approve',
      by: { objectId: approver.objectId, as: securityGroup },
    });
    const [closed] = (await deciders.cases()).closed;
    expect(closed?.data.decisions).toBeUndefined();
    // The next drift of the same control is another case, and asked about again.
    await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor: causer });
    expect(await states()).toEqual(awaiting);
    expect(writes()).toBe(1);
  });

  it('of standing drift is carried out in mode auto too', async () => {
    const policy = policyOf('auto');
    world.clock.advance(minuteMs);
    await world.guard(['weights'], withDeciders(deciders, { killSwitch, policy }));
    world.becomes(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    await world.tell(world.idOf('weights'), { source: 'sweep' });
    expect(await states()).toEqual(awaiting);
    expect((await last('decision-requested'))?.payload).toMatchObject({ because: 'unwitnessed' });
    await deciders.decide('approve', approver);
    expect(world.isClosed('weights')).toBe(true);
  });

  it('holds whatever else moved: tags, and properties that the change does not touch', async () => {
    await asked();
    deciders.isQueueUp = false;
    await deciders.decide('approve', approver);
    world.becomes({
      ...account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_0', allowSharedKeyAccess: true }),
      tags: { team: 'another' },
    } as never);
    await world.tell(world.idOf('weights'));
    expect(world.isClosed('weights')).toBe(true);
  });

  it('is void when what it is about changed, and people are asked again', async () => {
    await asked();
    deciders.isQueueUp = false;
    await deciders.decide('approve', approver);
    await world.opens('weights', { minimumTlsVersion: 'TLS1_1' }, { actor: causer });
    expect(writes()).toBe(0);
    expect(await states()).toEqual(awaiting);
    const kinds = await world.kinds();
    expect(kinds.slice(-3)).toEqual(['decision-voided', 'case-reconsidered', 'decision-requested']);
    expect((await last('decision-voided'))?.payload.decisions).toMatchObject([{ because: 'changed' }]);
  });

  it('lapses when it is not carried out in its time', async () => {
    await asked();
    deciders.isQueueUp = false;
    await deciders.decide('approve', approver);
    world.clock.advance(world.engine.policy.limits.decisionMs + 1);
    await world.tell(world.idOf('weights'));
    expect(writes()).toBe(0);
    expect((await last('decision-voided'))?.payload.decisions).toMatchObject([{ because: 'expired' }]);
    expect(await states()).toEqual(awaiting);
  });

  it('waits for the kill switch', async () => {
    await asked();
    killSwitch.turn('stopped');
    await deciders.decide('approve', approver);
    expect(writes()).toBe(0);
    killSwitch.turn('allowed');
    await world.passes(3 * minuteMs);
    expect(world.isClosed('weights')).toBe(true);
  });

  it('is no change of the budget: it is made though that is used up, and uses none of it', async () => {
    await asked({ limits: { ...policyWith({}).limits, changesPerHour: 0, tenantChangesPerHour: 0 } });
    await deciders.decide('approve', approver);
    expect(world.isClosed('weights')).toBe(true);
    expect(await world.engine.ledger.changesThisHour(world.subscription)).toBe(0);
  });

  it('takes as many people as the policy says', async () => {
    await asked({ quorumOf: () => 2 });
    expect(await deciders.decide('approve', approver)).toMatchObject({ given: 1, needed: 2 });
    expect(writes()).toBe(0);
    // The same person again makes no second one.
    expect(await deciders.decide('approve', approver)).toMatchObject({ kind: 'refused', code: 'decided' });
    expect(await deciders.decide('approve', person('other', ['Leakstop.Approver']))).toMatchObject({
      given: 2,
    });
    expect(world.isClosed('weights')).toBe(true);
  });

  it('whose message is lost is found by whoever looks next', async () => {
    await asked();
    deciders.isQueueUp = false;
    expect(await deciders.decide('approve', approver)).toMatchObject({ kind: 'recorded' });
    await world.tell(world.idOf('weights'), { source: 'sweep' });
    expect(world.isClosed('weights')).toBe(true);
  });

  it('that Azure throttles is carried out later, under the same decision', async () => {
    await asked();
    const effect = { kind: 'status', status: 429, code: 'TooManyRequests', retryAfterInSeconds: 1 } as const;
    world.bed.faults.add({
      target: 'arm',
      effect,
      methods: ['PATCH'],
      urlPattern: world.subscription,
      times: 1,
    });
    await deciders.decide('approve', approver);
    await world.passes(10 * minuteMs);
    expect(world.isClosed('weights')).toBe(true);
    expect((await world.kinds()).filter((kind) => kind === 'decision-requested')).toHaveLength(1);
  });
});

describe('a question', () => {
  it('that nobody answers in its time is escalated and asked again, and nothing is changed', async () => {
    await asked();
    await world.passes(world.engine.policy.limits.decisionMs + 1);
    expect(await states()).toEqual(awaiting);
    expect((await world.kinds()).filter((kind) => kind === 'decision-requested')).toHaveLength(2);
    expect((await last('case-escalated'))?.payload).toMatchObject({ reason: 'unanswered' });
    expect(writes()).toBe(0);
    await deciders.decide('approve', approver);
    expect(world.isClosed('weights')).toBe(true);
  });
});

describe('leaving it open', () => {
  it.each(['deny', 'exempt'] as const)(
    '(%s) holds until its end, and then people are asked again',
    async (verdict) => {
      await asked();
      expect(await deciders.decide(verdict, owner)).toMatchObject({ kind: 'recorded', needed: 1 });
      const held = { [`weights ${control}`]: verdict === 'deny' ? 'denied' : 'exempt' };
      expect(await states()).toEqual(held);
      await world.passes(dayMs - hourMs);
      expect(await states()).toEqual(held);
      await world.passes(2 * hourMs);
      expect(await states()).toEqual(awaiting);
      expect(writes()).toBe(0);
    },
  );

  it('takes two where nobody knows who opened it', async () => {
    world.clock.advance(minuteMs);
    const policy = policyOf('auto');
    await world.guard(['weights'], withDeciders(deciders, { killSwitch, policy }));
    world.becomes(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    await world.tell(world.idOf('weights'), { source: 'sweep' });
    expect(await deciders.decide('exempt', owner)).toMatchObject({ given: 1, needed: 2 });
    expect(await states()).toEqual(awaiting);
    expect(await deciders.decide('exempt', second)).toMatchObject({ given: 2, needed: 2 });
    expect(await states()).toEqual({ [`weights ${control}`]: 'exempt' });
  });

  it('does not cover a drift that became another one', async () => {
    await asked();
    await deciders.decide('exempt', owner);
    await world.opens('weights', { minimumTlsVersion: 'TLS1_1' }, { actor: causer });
    expect(await states()).toEqual(awaiting);
  });

  it('is answered with what was decided when somebody comes later', async () => {
    await asked();
    await deciders.decide('deny', owner);
    expect(await deciders.decide('exempt', second)).toMatchObject({
      kind: 'refused',
      code: 'decided',
      decided: { verdict: 'deny', by: owner.name },
    });
    expect(await deciders.decide('approve', approver)).toMatchObject({ code: expect.any(String) as string });
    expect(writes()).toBe(0);
  });
});

it('an approval lifts a hold that waits for people, such as a tug-of-war', async () => {
  const policy = policyOf('auto', {
    limits: { ...policyWith({}).limits, tugOfWar: { rounds: 2, withinMs: dayMs } },
  });
  await world.guard(['weights'], withDeciders(deciders, { killSwitch, policy }));
  for (let round = 0; round < 3; round += 1) {
    world.clock.advance(minuteMs);
    await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor: causer });
  }
  expect(await states()).toEqual({ [`weights ${control}`]: 'tug-of-war' });
  await deciders.decide('approve', approver);
  expect(world.isClosed('weights')).toBe(true);
});

describe('who may not decide is refused, and nothing is recorded:', () => {
  it.each<[string, Parameters<Deciders['decide']>[0], ReturnType<typeof person>, string]>([
    ['a role that is not enough', 'approve', owner, 'not-allowed'],
    ['an approver who would leave it open', 'exempt', approver, 'not-allowed'],
    ['an auditor', 'approve', person('auditor', ['Leakstop.Auditor']), 'not-allowed'],
    ['the right role, of another group', 'approve', person('x', undefined, { groups: [] }), 'not-allowed'],
    ['an app', 'approve', person('app', undefined, { kind: 'app' }), 'not-allowed'],
    [
      'whoever caused it',
      'approve',
      person('causer', undefined, { objectId: causer.objectId }),
      'not-allowed',
    ],
    [
      'whoever caused it, exempting',
      'exempt',
      person('causer', undefined, { objectId: causer.objectId }),
      'not-allowed',
    ],
    ['an undo of what is open', 'undo', owner, 'not-decidable'],
  ])('%s', async (_, verdict, caller, code) => {
    await asked();
    const before = await world.kinds();
    expect(await deciders.decide(verdict, caller)).toMatchObject({ kind: 'refused', code });
    expect(await world.kinds()).toEqual(before);
    expect(writes()).toBe(0);
  });

  it('whoever may have caused it', async () => {
    await world.guard(['weights'], withDeciders(deciders, { killSwitch, policy: policyOf('approve') }));
    world.clock.advance(minuteMs);
    const time = world.clock.now().toISOString();
    await world.tell(world.idOf('weights'), { time });
    world.clock.advance(minuteMs);
    const other = { ...causer, objectId: 'dddddddd-0000-4000-8000-000000000000' };
    world.becomes(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    await world.tell(world.idOf('weights'), {
      actor: other,
      time: new Date(world.clock.now().getTime() - 1).toISOString(),
    });
    const { data } = await deciders.subject();
    expect(JSON.stringify(data.opener)).toContain(other.objectId);
    const caller = person('other', undefined, { objectId: other.objectId });
    expect(await deciders.decide('approve', caller)).toMatchObject({ code: 'not-allowed' });
  });

  it('an approver whom the policy no longer names when it is carried out', async () => {
    await asked();
    deciders.isQueueUp = false;
    await deciders.decide('approve', approver);
    world.engine = { ...world.engine, policy: policyOf('approve', { approversOf: () => [] }) };
    await world.tell(world.idOf('weights'));
    expect(writes()).toBe(0);
    expect((await last('decision-voided'))?.payload.decisions).toMatchObject([{ because: 'not-allowed' }]);
  });
});

describe('a decision that was planted in the table changes nothing:', () => {
  async function plant(
    change: (signed: SignedDecision) => SignedDecision | Promise<SignedDecision>,
  ): Promise<void> {
    await asked();
    deciders.isQueueUp = false;
    await deciders.decide('approve', approver);
    const subject = await deciders.subject();
    const [signed] = subject.data.decisions ?? [];
    const decisions = signed === undefined ? [] : [await change(signed)];
    const data = { ...subject.data, decisions } as CaseData;
    await world.engine.ledger.append({
      chain: world.subscription,
      entries: [
        {
          kind: 'case-observed',
          key: subject.key,
          caseId: subject.caseId,
          body: { payload: { missing: false } },
        },
      ],
      cases: [
        {
          key: subject.key,
          caseId: subject.caseId,
          expected: subject.expected,
          data: JSON.parse(JSON.stringify(data)) as never,
        },
      ],
    });
    await world.tell(world.idOf('weights'));
  }

  /** Has the name of the key, and not the key. */
  const forger = localKey('https://vault.example/keys/decisions/1');
  it.each<[string, Parameters<typeof plant>[0]]>([
    ['without a signature', (signed) => ({ ...signed, signature: { ...signed.signature, value: '' } })],
    [
      'with another reason than was signed',
      ({ decision, signature }) => ({ signature, decision: { ...decision, reason: 'another' } }),
    ],
    [
      'of another person than signed',
      ({ decision, signature }) => ({
        signature,
        decision: { ...decision, by: { ...decision.by, objectId: owner.objectId } },
      }),
    ],
    [
      'signed by somebody else under the name of the key',
      async ({ decision }) => ({ decision, signature: await forger.sign(signedText(decision)) }),
    ],
    [
      'with a key that is not known',
      ({ decision, signature }) => ({
        decision,
        signature: { ...signature, keyId: 'https://evil/keys/k/1' },
      }),
    ],
  ])('%s', async (_, change) => {
    await plant(change);
    expect(writes()).toBe(0);
    expect(await states()).toEqual(awaiting);
    expect((await last('decision-voided'))?.payload.decisions).toMatchObject([{ because: 'not-signed' }]);
    expect(world.bed.log.join()).toContain('leakstop-decision-forged');
  });

  it('a genuine one of another case', async () => {
    let genuine: SignedDecision | undefined;
    await plant((signed) => {
      genuine = signed;
      return signed;
    });
    expect(writes()).toBe(1);
    await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor: causer });
    const subject = await deciders.subject();
    await world.engine.ledger.append({
      chain: world.subscription,
      entries: [
        {
          kind: 'case-observed',
          key: subject.key,
          caseId: subject.caseId,
          body: { payload: { missing: false } },
        },
      ],
      cases: [
        {
          key: subject.key,
          caseId: subject.caseId,
          expected: subject.expected,
          data: JSON.parse(JSON.stringify({ ...subject.data, decisions: [genuine] })) as never,
        },
      ],
    });
    await world.tell(world.idOf('weights'));
    expect(writes()).toBe(1);
    expect((await last('decision-voided'))?.payload.decisions).toMatchObject([{ because: 'another-case' }]);
  });
});

it('while the key cannot be had nothing is changed, and nothing said against a decision', async () => {
  await asked();
  deciders.isQueueUp = false;
  await deciders.decide('approve', approver);
  const away = { check: () => Promise.resolve('unknown' as const) };
  world.engine = { ...world.engine, decisions: away };
  await world.tell(world.idOf('weights'));
  expect(writes()).toBe(0);
  expect(await last('decision-voided')).toBeUndefined();
  world.engine = { ...world.engine, decisions: deciders.verifier };
  await world.passes(2 * minuteMs);
  expect(world.isClosed('weights')).toBe(true);
});

it('a vault that does not sign, or a ledger that does not take it, records nothing', async () => {
  await asked();
  const before = await world.kinds();
  const { caseId } = await deciders.subject();
  const request = {
    subscription: world.subscription,
    caseId,
    proposal: (
      await deciders
        .service()
        .optionsFor(
          (await world.engine.ledger.readRoot(world.subscription, deciders.root)).openCases[0]!,
          world.subscription,
          approver,
        )
    ).proposal,
    verdict: 'approve',
    reason: '',
  } as const;
  const key = { sign: () => Promise.reject(new Error('the vault is away')) };
  await expect(deciders.service({ key }).decide(request, approver)).rejects.toThrow('vault');
  const ledger = { ...world.engine.ledger, append: () => Promise.reject(new Error('the ledger is away')) };
  const away = deciders.service({}, ledger);
  await expect(away.decide(request, approver)).rejects.toThrow('ledger');
  expect(await world.kinds()).toEqual(before);
  expect(writes()).toBe(0);
});

describe('the kill switch', () => {
  it('is turned by an operator, with a reason, and the ledger says so', async () => {
    await asked();
    const operator = person('operator@contoso.com', ['Leakstop.Operator']);
    const service = deciders.service();
    expect(await service.turnKillSwitch('stopped', 'something is off', operator)).toEqual({ kind: 'turned' });
    expect(JSON.parse(deciders.switchTexts.at(-1)!)).toMatchObject({
      format: 1,
      changes: 'stopped',
      by: operator.name,
    });
    for (const bad of [
      ' ',
      'x\u0000',
      'x\u202ey',
      'x\ud800',
      `Password=${'x'.repeat(9)}`,
      'x'.repeat(1_001),
    ]) {
      expect(await service.turnKillSwitch('stopped', bad, operator)).toMatchObject({ code: 'malformed' });
    }
    expect(await service.turnKillSwitch('allowed', 'x', approver)).toMatchObject({ code: 'not-allowed' });
    expect(deciders.switchTexts).toHaveLength(1);
  });
});

describe('texts that people chose decide nothing:', () => {
  const token = ['eyJhbGciOiJub25lIn0', 'eyJzdWIiOiJ4In0', 'c2lnbmF0dXJl'].join('.');

  it.each([
    ['in the shape of a secret', token],
    ['in half a character', 'Ada \ud83d'],
    ['in characters that turn the writing around', 'Ada \u202eadA'],
    ['of separators of lines', 'Ada\u2028Ada\u2029'],
    ['of nothing', '\u0000'],
    ['that is too long', 'A'.repeat(299) + '\u{1F512}'.repeat(50)],
  ])('the decision of somebody with a name %s counts', async (_, name) => {
    await asked();
    const named = { ...approver, name };
    expect(await deciders.decide('approve', named)).toMatchObject({ kind: 'recorded' });
    expect(JSON.stringify(await last('decision-recorded'))).not.toContain(token);
    expect(await last('decision-voided')).toBeUndefined();
    expect(world.isClosed('weights')).toBe(true);
  });

  it('a reason is kept with a line feed at the end of each line', async () => {
    await asked();
    expect(
      await deciders.decide('deny', owner, { reason: ' one\r\ntwo\u2028three\u2029\tfour ' }),
    ).toMatchObject({ kind: 'recorded' });
    expect((await last('decision-recorded'))?.payload).toMatchObject({
      decision: { reason: 'one\ntwo\nthree\n\tfour' },
    });
  });

  it.each(['x\u0000', '\u001b]0;x\u0007', 'x\u202ey', 'x\ud800', 'x\ufeffy', '\u009b2J'])(
    'a reason with characters that nobody sees is refused, and they are named: %j',
    async (reason) => {
      await asked();
      expect(await deciders.decide('deny', owner, { reason })).toMatchObject({
        kind: 'refused',
        code: 'malformed',
        message: expect.stringMatching(/^reason: it holds U\+[0-9A-F]{4}, which cannot be seen/) as string,
      });
    },
  );
});

describe('whoever may have caused a drift is known also later:', () => {
  const mallory = { objectId: 'dddddddd-0000-4000-8000-000000000000', name: 'mallory', kind: 'User' };
  const asMallory = person('mallory', undefined, { objectId: mallory.objectId });

  it('who made it another one while it was open', async () => {
    await asked();
    await world.opens('weights', { minimumTlsVersion: 'TLS1_1' }, { actor: mallory });
    expect(await deciders.decide('exempt', asMallory)).toMatchObject({ code: 'not-allowed' });
    expect(await deciders.decide('exempt', owner)).toMatchObject({ needed: 2 });
  });

  it('whose event comes after the one that opened the case', async () => {
    await asked();
    const { data } = await deciders.subject();
    const time = new Date(Date.parse(data.firstSeenDrifted) - 1).toISOString();
    await world.tell(world.idOf('weights'), { actor: mallory, time });
    expect(await deciders.decide('exempt', asMallory)).toMatchObject({ code: 'not-allowed' });
  });

  it.each([
    ['without an id', { name: 'somebody' }],
    ['an app', { objectId: mallory.objectId, appId: 'a', kind: 'ServicePrincipal' }],
  ])('%s: leaving it open takes two', async (_, actor) => {
    const policy = policyOf('approve');
    await world.guard(['weights'], withDeciders(deciders, { killSwitch, policy }));
    world.clock.advance(minuteMs);
    await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor });
    expect(await deciders.decide('exempt', owner)).toMatchObject({ given: 1, needed: 2 });
    expect(await states()).toEqual(awaiting);
  });
});

describe('rows that were planted by somebody who can write the table:', () => {
  /** Puts a case into the table as no decision would leave it. */
  async function plantOver(change: (data: CaseData) => object, kinds: readonly string[]): Promise<void> {
    const subject = await deciders.subject();
    const entries = kinds.map((kind) => ({
      kind,
      key: subject.key,
      caseId: subject.caseId,
      body: { payload: sampleOf(kind as EntryKind) },
    }));
    await world.engine.ledger.append({
      chain: world.subscription,
      entries: entries as never,
      cases: [
        {
          key: subject.key,
          caseId: subject.caseId,
          expected: subject.expected,
          data: JSON.parse(JSON.stringify(change(subject.data))) as never,
        },
      ],
    });
    world.bed.azure.accounting.reset();
    await world.tell(world.idOf('weights'));
  }

  it('an undo that is said to be under way writes nothing without its decisions', async () => {
    await asked();
    const undo = { caseId: 'x', actor: {}, owner: 'x', reason: 'x', until: '2999-01-01T00:00:00.000Z' };
    const step = {
      kind: 'storage-account-update',
      target: world.idOf('anchor'),
      before: {},
      after: { 'properties.allowBlobPublicAccess': { is: true } },
    };
    await plantOver(
      (data) => ({ ...data, undo, change: { steps: [step], impact: '', undo: { kind: 'exact' } } }),
      ['case-reconsidered', 'case-decided', 'change-intended'],
    );
    expect(writes()).toBe(0);
    expect(world.propertiesOf(world.idOf('anchor')).allowBlobPublicAccess).not.toBe(true);
  });

  it('a change under way that is not the one that is planned is not made', async () => {
    await asked();
    await plantOver(
      ({ change, ...data }) => ({
        ...data,
        change: {
          ...change,
          steps: change?.steps.map((step) => ({
            ...step,
            after: { 'properties.minimumTlsVersion': { is: 'TLS1_1' } },
          })),
        },
      }),
      ['case-reconsidered', 'case-decided', 'change-intended'],
    );
    expect(writes()).toBe(0);
    expect(world.propertiesOf(world.idOf('weights')).minimumTlsVersion).toBe('TLS1_0');
  });

  it('an undo that was made is not made again by its old decisions', async () => {
    await asked();
    await deciders.decide('approve', approver);
    const [fixed] = (await deciders.cases()).closed;
    for (const by of [owner, second]) {
      await deciders.decide('undo', by, {}, fixed);
    }
    const undone = (await deciders.cases()).closed.find(({ data }) => data.closed === 'undone');
    expect(undone?.data.decisions).not.toHaveLength(0);
    world.becomes(account(world.subscription, 'weights'));
    await world.tell(world.idOf('weights'));
    await world.engine.ledger.append({
      chain: world.subscription,
      entries: ['case-opened', 'decision-requested'].map((kind) => ({
        kind,
        key: undone?.key,
        caseId: 'planted',
        body: { payload: sampleOf(kind as EntryKind) },
      })) as never,
      cases: [
        {
          key: undone?.key ?? '',
          caseId: 'planted',
          expected: 'absent',
          data: JSON.parse(JSON.stringify({ ...undone?.data, closed: undefined })) as never,
        },
      ],
    });
    world.bed.azure.accounting.reset();
    await world.tell(world.idOf('weights'));
    expect(writes()).toBe(0);
    expect(world.isClosed('weights')).toBe(true);
  });
});

it('what an undo permits is the state that it wrote: a worse drift is asked about', async () => {
  await asked();
  world.becomes(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_1' }));
  await world.tell(world.idOf('weights'));
  await deciders.decide('approve', approver);
  const fixed = (await deciders.cases()).closed.findLast(({ data }) => data.closed === 'fixed');
  for (const by of [owner, second]) {
    await deciders.decide('undo', by, {}, fixed);
  }
  expect(await states()).toEqual({ [`weights ${control}`]: 'exempt' });
  await world.opens('weights', { minimumTlsVersion: 'TLS1_0' }, { actor: causer });
  expect(await states()).toEqual(awaiting);
});
