import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalogue } from '../../../remediators/index.ts';
import type { DecisionRequest, DecisionResult } from '../../../shared/approval/decision-service.ts';
import type { Case } from '../../../shared/case/draft.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import { inverseOf } from '../../../shared/case/inverse.ts';
import type { Change } from '../../../shared/contract/change.ts';
import type { Conditions } from '../../../shared/contract/condition.ts';
import type { Json } from '../../../shared/contract/json.ts';
import type { Caller } from '../../../shared/entra/caller.ts';
import { decidedBySecurity, Deciders, person, withDeciders } from '../../support/deciders.ts';
import { account, container } from '../../support/estate.ts';
import { dayMs, GuardWorld, hourMs, minuteMs, policyWith, TestSwitch } from '../../support/guard-world.ts';

let world: GuardWorld;
let killSwitch: TestSwitch;
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());
beforeEach(() => {
  killSwitch = new TestSwitch();
  deciders = new Deciders(world, 'weights');
  world.bed.faults.clear();
});

const [officer, colleague] = [person('officer@contoso.com'), person('colleague@contoso.com')];
let deciders: Deciders;

async function fixedCase(): Promise<Case> {
  const { closed } = await deciders.cases();
  return closed.findLast(({ data }) => data.closed === 'fixed') ?? expect.fail('nothing was fixed');
}

/** Asks for the undo of the last case that was fixed, with a second person where it takes one. */
async function undo(change: Partial<DecisionRequest> = {}): Promise<DecisionResult> {
  const ask = async (by: Caller) =>
    deciders.decide('undo', by, { reason: 'the old client', ...change }, await fixedCase());
  const first = await ask(officer);
  return first.kind === 'recorded' && first.given < first.needed ? ask(colleague) : first;
}

/** Each undo counts against its control, and there are many here. */
const breaker = { failures: 1_000, withinMs: dayMs };

async function guarded(change: Partial<Engine> = {}): Promise<void> {
  const policy = { ...policyWith({ breaker }), ...change.policy, ...decidedBySecurity };
  await world.guard(['weights'], { ...withDeciders(deciders, { killSwitch, ...change }), policy });
}

/** Azure sets these itself. */
const volatileFields = ['etag', 'lastModifiedTime'];

function bodyOf(id: string): Record<string, unknown> {
  const { properties, ...body } = world.bed.azure.arm.state.get(id) as Record<string, unknown>;
  const without = (value: object) =>
    Object.fromEntries(Object.entries(value).filter(([name]) => !volatileFields.includes(name)));
  return { ...without(body), properties: without(properties as object) };
}

type Properties = Record<string, unknown>;

describe('fix, then undo, gives back what was there', () => {
  it.each<[string, Properties]>([
    ['storage-account-blob-anonymous-access', { allowBlobPublicAccess: true }],
    ['storage-account-https-only', { supportsHttpsTrafficOnly: false }],
    ['storage-account-min-tls', { minimumTlsVersion: 'TLS1_1' }],
    ['storage-account-shared-key-access', { allowSharedKeyAccess: true }],
    ['storage-account-public-network-access', { publicNetworkAccess: 'Enabled' }],
  ])('%s', async (control, open) => {
    const policy = policyWith({ breaker }, { modeOf: (subject) => modeFor(subject.control, control) });
    await guarded({ policy });
    const approved = {
      privateEndpointConnections: [
        { properties: { privateLinkServiceConnectionState: { status: 'Approved' } } },
      ],
    };
    await world.opens('weights', { ...approved, ...open });
    const id = world.idOf('weights');
    const before = account(world.subscription, 'weights', { ...approved, ...open });
    expect(bodyOf(id)).not.toEqual(before);
    expect(await undo()).toMatchObject({ kind: 'recorded' });
    expect(bodyOf(id)).toEqual(before);
  });

  it('blob-container-anonymous-access', async () => {
    const policy = policyWith(
      { breaker },
      { modeOf: ({ control }) => modeFor(control, 'blob-container-anonymous-access') },
    );
    await guarded({ policy });
    world.becomes(account(world.subscription, 'weights', { allowBlobPublicAccess: true }));
    const models = container(world.idOf('weights'), 'models', 'Container');
    world.becomes(models);
    const before = bodyOf(models.id);
    await world.tell(models.id);
    expect(bodyOf(models.id)).not.toEqual(before);
    await undo();
    expect(bodyOf(models.id)).toEqual(before);
  });

  it('every reversible control of the catalogue is above', () => {
    expect(catalogue.filter(({ meta }) => meta.reversible && meta.writes.length > 0)).toHaveLength(6);
  });

  const modeFor = (control: string, wanted: string) =>
    ({ mode: control === wanted ? 'auto' : 'off', rule: 'test' }) as const;

  it.each<[string, Json]>([
    ['minimumTlsVersion', 'TLS1_0'],
    ['allowBlobPublicAccess', true],
  ])(
    'but for %s that was absent, which comes back as its default, and the entry says so',
    async (name, value) => {
      await guarded();
      const body = account(world.subscription, 'weights');
      const { [name]: _, ...properties } = body.properties as Properties;
      world.becomes({ ...body, properties } as never);
      await world.tell(body.id);
      const written = world.propertiesOf(body.id)[name];
      if (written === undefined) {
        expect.fail('it was not fixed');
      }
      await undo();
      expect(world.propertiesOf(body.id)[name]).toBe(value);
      const asked = (await world.entries()).findLast(({ kind }) => kind === 'decision-requested');
      expect(asked?.payload.absentBefore).toEqual({ [`properties.${name}`]: value });
      expect(asked?.payload.note).toContain('absent');
    },
  );
});

it('the drift is permitted until its end, then closed by itself, and the ledger tells all of it', async () => {
  await guarded();
  await world.opens('weights');
  const fixed = await fixedCase();
  const told = (await world.entries()).length;
  await undo();
  const after = (await world.entries()).slice(told);
  expect(after.map(({ kind }) => kind)).toEqual([
    'case-opened',
    'decision-requested',
    // Nobody knows who opened the drift, so it takes two to open it again.
    'decision-recorded',
    'decision-recorded',
    'case-reconsidered',
    'case-decided',
    'change-intended',
    'change-applied',
    'change-verified',
    'case-closed',
    // The drift that is there again has its case at once.
    'case-opened',
    'case-held',
  ]);
  expect(after[0]?.payload).toMatchObject({ undoes: fixed.caseId, reason: 'the old client' });
  expect(after[2]?.payload.decision).toMatchObject({ verdict: 'undo', by: { name: officer.name } });
  expect(after[5]?.payload).toMatchObject({
    decision: 'undo',
    approval: { by: [officer.objectId, colleague.objectId] },
  });
  expect(after[9]?.payload).toMatchObject({ reason: 'undone', undoes: fixed.caseId });

  await world.tell(world.idOf('weights'));
  expect(world.isClosed('weights')).toBe(false);
  expect(await world.holds()).toEqual({ 'weights storage-account-min-tls': 'exempt' });
  await world.passes(dayMs - hourMs);
  expect(world.isClosed('weights')).toBe(false);
  await world.passes(hourMs + 1);
  expect(world.isClosed('weights')).toBe(true);
  expect(await world.holds()).toEqual({});
});

const noWrites = () =>
  expect(world.bed.azure.accounting.calls({ method: 'PATCH', path: world.subscription })).toEqual([]);

describe('is refused, and nothing is written,', () => {
  it.each<[string, Partial<DecisionRequest>, string]>([
    ['without an end', { until: new Date(Number.NaN) }, 'malformed'],
    ['when the end is past', { until: new Date(0) }, 'malformed'],
    ['when the end is too far', { until: new Date('2999-01-01') }, 'malformed'],
    ['without a reason', { reason: ' ' }, 'malformed'],
    ['for a case that is not there', { caseId: 'another' }, 'not-found'],
    ['for another change than was shown', { proposal: 'f'.repeat(64) }, 'changed'],
  ])('%s', async (_, change, code) => {
    await guarded();
    await world.opens('weights');
    const before = await world.kinds();
    world.bed.azure.accounting.reset();
    expect(await undo(change)).toMatchObject({ kind: 'refused', code });
    expect(await world.kinds()).toEqual(before);
    noWrites();
  });

  it('when a case is undone already', async () => {
    await guarded();
    await world.opens('weights');
    await undo();
    expect(await undo()).toMatchObject({ kind: 'refused', code: 'not-decidable' });
  });
});

describe('is not made, and says so,', () => {
  beforeEach(async () => {
    await guarded();
    await world.opens('weights');
    world.bed.azure.accounting.reset();
  });

  it('when the resource moved since', async () => {
    world.becomes(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_3' }));
    await undo();
    noWrites();
    const last = (await world.entries()).at(-1);
    expect(last).toMatchObject({ kind: 'case-closed', payload: { undo: 'not made' } });
  });

  it('when the resource drifted since: that has its case at once', async () => {
    world.becomes(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    await undo();
    expect(await world.holds()).toEqual({ 'weights storage-account-min-tls': 'awaiting-decision' });
  });

  it('when the resource is gone', async () => {
    world.bed.azure.arm.state.remove(world.idOf('weights'));
    await undo();
    await world.passes(minuteMs);
    noWrites();
    expect(await world.holds()).toEqual({});
  });

  it('while the kill switch stops changes; it is made after that', async () => {
    killSwitch.turn('stopped');
    await undo();
    noWrites();
    killSwitch.turn('allowed');
    await world.passes(3 * minuteMs);
    expect(world.isClosed('weights')).toBe(false);
  });

  it('when nobody agrees in time', async () => {
    world.engine = { ...world.engine, policy: { ...world.engine.policy, quorumOf: () => 3 } };
    await undo();
    expect(await world.holds()).toEqual({ 'weights storage-account-min-tls': 'awaiting-decision' });
    await world.passes(world.engine.policy.limits.decisionMs + 1);
    noWrites();
    expect(await world.holds()).toEqual({});
  });

  it('when Azure refuses it', async () => {
    const effect = { kind: 'status', status: 400, code: 'InvalidRequestPropertyValue' } as const;
    world.bed.faults.add({ target: 'arm', effect, methods: ['PATCH'], urlPattern: world.subscription });
    await undo();
    expect((await world.entries()).at(-1)?.payload).toMatchObject({ undo: 'not made' });
    expect(await world.holds()).toEqual({});
    expect(world.isClosed('weights')).toBe(true);
  });
});

it.each(['reset-before', 'reset-after'] as const)(
  'whose answer is lost (%s) is resumed as it is stored',
  async (kind) => {
    await guarded();
    await world.opens('weights');
    world.bed.faults.add({
      target: 'arm',
      effect: { kind },
      methods: ['PATCH'],
      urlPattern: world.subscription,
      times: 1,
    });
    await undo();
    await world.passes(5 * minuteMs);
    expect(world.isClosed('weights')).toBe(false);
    const last = (await world.entries()).findLast(({ kind: each }) => each === 'case-closed');
    expect(last?.payload).toMatchObject({ reason: 'undone' });
  },
);

const paths = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 });
const scalar = fc.oneof(fc.boolean(), fc.string({ maxLength: 5 }), fc.integer());
const anyChange = fc
  .array(
    fc.tuple(paths, fc.string(), scalar, scalar).map(([names, target, before, after]) => ({
      kind: 'storage-account-update' as const,
      target,
      before: conditions(names, before),
      after: conditions(names, after),
    })),
    { minLength: 1, maxLength: 4 },
  )
  .map((steps): Change => ({ steps, impact: 'none', undo: { kind: 'exact' } }));

function conditions(names: readonly string[], value: Json): Conditions {
  return Object.fromEntries(names.map((name) => [name, { is: value }]));
}

it('to undo an undo is to do it: the inverse of the inverse has the same steps', () => {
  fc.assert(
    fc.property(anyChange, (change) => {
      expect(inverseOf(inverseOf(change)).steps).toEqual(change.steps);
    }),
  );
});

it('what was absent has no inverse without a documented default', () => {
  const step = {
    kind: 'storage-account-update',
    target: '/a',
    before: { p: { absent: true } },
    after: { p: { is: 1 } },
  } as const;
  const change = (undo: Change['undo']): Change => ({ steps: [step], impact: '', undo });
  expect(() => inverseOf(change({ kind: 'exact' }))).toThrow(/was absent/);
  expect(() => inverseOf(change({ kind: 'none', note: 'no' }))).toThrow(/no/);
  const known = change({ kind: 'default', note: 'it is 0', values: { p: 0 } });
  expect(inverseOf(known).steps[0]?.after).toEqual({ p: { is: 0 } });
});
