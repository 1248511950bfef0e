import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalogue } from '../../../remediators/index.ts';
import { RemediationError } from '../../../shared/errors.ts';
import { inverseOf } from '../../../shared/engine/inverse.ts';
import type { Change, Conditions, Json } from '../../../shared/engine/remediator.ts';
import type { UndoRequest } from '../../../shared/engine/undo.ts';
import { undoCase } from '../../../shared/engine/undo.ts';
import { account, container } from '../../support/estate.ts';
import { dayMs, GuardWorld, hourMs, minuteMs, policyWith, TestSwitch } from '../../support/guard-world.ts';
import type { RawEntry } from '../../support/scenario.ts';

let world: GuardWorld;
let killSwitch: TestSwitch;
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());
beforeEach(() => {
  killSwitch = new TestSwitch();
  world.bed.faults.clear();
});

const officer = { objectId: 'an-officer', name: 'officer@contoso.com' };

async function fixedCase(): Promise<RawEntry> {
  const entry = (await world.entries()).findLast(
    ({ kind, payload }) => kind === 'case-closed' && payload.reason === 'fixed',
  );
  return entry ?? expect.fail('nothing was fixed');
}

/** Undoes the last case that was fixed. */
async function undo(change: Partial<UndoRequest> = {}) {
  const { case: caseId } = await fixedCase();
  return undoCase(world.engine, world.bed.queue, {
    subscription: world.subscription,
    root: world.idOf('weights'),
    caseId: caseId ?? '',
    actor: officer,
    reason: 'the old client',
    until: new Date(world.clock.now().getTime() + dayMs),
    ...change,
  });
}

async function guarded(change = {}): Promise<void> {
  await world.guard(['weights'], { killSwitch, ...change });
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
    const policy = policyWith({}, { modeOf: (subject) => modeFor(subject.control, control) });
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
    expect(await undo()).toMatchObject({ kind: 'undone' });
    expect(bodyOf(id)).toEqual(before);
  });

  it('blob-container-anonymous-access', async () => {
    const policy = policyWith(
      {},
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
      const intent = (await world.entries()).findLast(({ kind }) => kind === 'change-intended');
      expect(intent?.payload.absentBefore).toEqual({ [`properties.${name}`]: value });
      expect(intent?.payload.note).toContain('absent');
    },
  );
});

it('the drift is permitted until its end, then closed by itself, and the ledger tells all of it', async () => {
  await guarded();
  await world.opens('weights');
  const fixed = await fixedCase();
  await undo();
  const after = (await world.entries()).slice(fixed.sequence);
  expect(after.map(({ kind }) => kind)).toEqual([
    'case-opened',
    'case-decided',
    'change-intended',
    'change-applied',
    'change-verified',
    'case-closed',
    // The drift that is there again has its case at once.
    'case-opened',
    'case-held',
  ]);
  expect(after[1]?.payload).toMatchObject({
    decision: 'undo',
    undoes: fixed.case,
    by: officer,
    reason: 'the old client',
  });
  expect(after[5]?.payload).toMatchObject({ reason: 'undone', undoes: fixed.case });

  await world.tell(world.idOf('weights'));
  expect(world.isClosed('weights')).toBe(false);
  expect(await world.holds()).toEqual({ 'weights storage-account-min-tls': 'exempt' });
  await world.passes(dayMs - hourMs);
  expect(world.isClosed('weights')).toBe(false);
  await world.passes(hourMs + 1);
  expect(world.isClosed('weights')).toBe(true);
  expect(await world.holds()).toEqual({});
});

describe('is refused, and nothing is written,', () => {
  it.each<[string, () => unknown, Partial<UndoRequest>, string]>([
    ['without an end', () => undefined, { until: new Date(Number.NaN) }, 'malformed-input'],
    ['when the end is past', () => undefined, { until: new Date(0) }, 'malformed-input'],
    ['when the end is too far', () => undefined, { until: new Date('2999-01-01') }, 'malformed-input'],
    ['without a reason', () => undefined, { reason: ' ' }, 'malformed-input'],
    ['for a case that is not there', () => undefined, { caseId: 'another' }, 'not-supported'],
    [
      'when the resource moved since',
      () => world.becomes(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_3' })),
      {},
      'step-conflict',
    ],
    [
      'when the resource is gone',
      () => world.bed.azure.arm.state.remove(world.idOf('weights')),
      {},
      'resource-gone',
    ],
    ['while the kill switch stops changes', () => killSwitch.turn('stopped'), {}, 'changes-stopped'],
    [
      'over budget',
      () => (world.engine = { ...world.engine, policy: policyWith({ changesPerHour: 1 }) }),
      {},
      'throttled',
    ],
  ])('%s', async (_, act, change, code) => {
    await guarded();
    await world.opens('weights');
    act();
    const before = await world.kinds();
    world.bed.azure.accounting.reset();
    const error = await undo(change).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RemediationError);
    expect(error).toHaveProperty('code', code);
    expect(await world.kinds()).toEqual(before);
    expect(world.bed.azure.accounting.calls({ method: 'PATCH', path: world.subscription })).toEqual([]);
  });

  it('when a case is undone already', async () => {
    await guarded();
    await world.opens('weights');
    await undo();
    await expect(undo()).rejects.toHaveProperty('code', 'step-conflict');
  });
});

it('that Azure refuses is told, and leaves no case open', async () => {
  await guarded();
  await world.opens('weights');
  const effect = { kind: 'status', status: 400, code: 'InvalidRequestPropertyValue' } as const;
  world.bed.faults.add({ target: 'arm', effect, methods: ['PATCH'], urlPattern: world.subscription });
  await expect(undo()).rejects.toHaveProperty('code', 'step-conflict');
  expect(await world.holds()).toEqual({});
  expect(world.isClosed('weights')).toBe(true);
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
    expect(await undo()).toMatchObject({ kind: 'under-way' });
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
