import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { activityActions } from '../../../shared/azure/activity-actions.ts';
import { surroundingsActions } from '../../../shared/azure/surroundings-actions.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import type { Mode } from '../../../shared/contract/remediator.ts';
import { reconcile } from '../../../shared/engine/run/reconcile.ts';
import { takeBaseline } from '../../../shared/engine/run/take-baseline.ts';
import type { Policy } from '../../../shared/policy/policy.ts';
import { defaultPolicy } from '../../../shared/policy/policy.ts';
import { account, blobService, container, newSubscription } from '../../support/estate.ts';
import { armCalls, deliver, entriesOf, noteOf, openCasesOf, untilWoken } from '../../support/scenario.ts';
import type { TestBed } from '../../support/test-bed.ts';
import { startTestBed } from '../../support/test-bed.ts';
import { eventually } from '../../e2e/eventually.ts';

let bed: TestBed;
let engine: Engine;
let subscription: string;

beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed.stop());

beforeEach(async () => {
  bed.faults.clear();
  engine = await bed.newEngine();
  subscription = newSubscription();
  bed.guard(subscription);
});

/** Loads resources, takes the baseline of their subscription, and forgets the calls so far. */
async function baselined(...bodies: Record<string, unknown>[]): Promise<void> {
  bodies.forEach((body) => bed.azure.arm.state.load(body));
  const anchor = account(subscription, 'anchor');
  bed.azure.arm.state.load(anchor);
  bed.azure.arm.state.load(blobService(anchor.id));
  expect(await takeBaseline(engine, bed.queue, subscription)).toMatchObject({ kind: 'completed' });
  bed.azure.accounting.reset();
}

/** What somebody's write leaves behind, without the write. */
function becomes(body: { id: string }): void {
  bed.azure.arm.state.load(body);
}

/** Looks at a root as a walk would. */
async function takeLook(resource: string, source: 'sweep' | 'baseline'): Promise<void> {
  await deliver(bed, engine, resource, { source });
}

const propertiesOf = (id: string) => bed.azure.arm.state.get(id)?.properties as Record<string, unknown>;
const kinds = async () => (await entriesOf(bed, subscription)).map(({ kind }) => kind);
const states = async () =>
  Object.fromEntries((await openCasesOf(bed, subscription)).map(({ control, state }) => [control, state]));

const closedInTwo = [
  'case-opened',
  'case-decided',
  'change-intended',
  'change-applied',
  'change-verified',
  'case-closed',
];

describe('a witnessed drift', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['anonymous access', { allowBlobPublicAccess: true }, { allowBlobPublicAccess: false }],
    ['plain HTTP', { supportsHttpsTrafficOnly: false }, { supportsHttpsTrafficOnly: true }],
    ['old TLS', { minimumTlsVersion: 'TLS1_0' }, { minimumTlsVersion: 'TLS1_2' }],
  ])('%s is closed with one read, one write and one read', async (_, open, closed) => {
    const before = account(subscription, 'weights');
    await baselined(before);
    becomes(account(subscription, 'weights', open));
    await deliver(bed, engine, before.id);
    expect(propertiesOf(before.id)).toMatchObject(closed);
    expect(armCalls(bed, subscription)).toEqual({ reads: 2, writes: 1 });
    expect((await kinds()).slice(1)).toEqual(closedInTwo);
    expect(await states()).toEqual({});
  });

  it('and two more on the same account take no more calls, and no more transactions', async () => {
    const before = account(subscription, 'weights');
    await baselined(before);
    const broken = {
      allowBlobPublicAccess: true,
      supportsHttpsTrafficOnly: false,
      minimumTlsVersion: 'TLS1_0',
    };
    becomes(account(subscription, 'weights', broken));
    bed.storage.resetCounts();
    await deliver(bed, engine, before.id);
    expect(propertiesOf(before.id)).toMatchObject(propertiesIn(account(subscription, 'weights')));
    expect(armCalls(bed, subscription)).toEqual({ reads: 2, writes: 1 });
    expect(bed.storage.count('tables', 'POST')).toBe(2); // Transactions: the work row is written by other methods.
    expect((await kinds()).slice(1)).toHaveLength(3 * closedInTwo.length);
  });

  it('leaves everything else on the account as it was', async () => {
    const before = account(subscription, 'weights', {
      networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '192.0.2.1' }] },
    });
    await baselined(before);
    becomes({ ...before, properties: { ...before.properties, minimumTlsVersion: 'TLS1_1' } } as never);
    await deliver(bed, engine, before.id);
    expect(bed.azure.arm.state.get(before.id)).toEqual(before);
  });

  it('on a new container of an open account is closed there too', async () => {
    const held = account(subscription, 'public', { allowBlobPublicAccess: true });
    await baselined(held, blobService(held.id));
    const opened = container(held.id, 'models', 'Container');
    becomes(opened);
    await deliver(bed, engine, opened.id);
    expect(propertiesOf(opened.id)).toMatchObject({ publicAccess: 'None' });
    expect(propertiesOf(held.id)).toMatchObject({ allowBlobPublicAccess: true });
    const closed = (await entriesOf(bed, subscription)).find(
      ({ kind, resource }) => kind === 'case-opened' && resource === opened.id,
    );
    expect(closed?.payload).toMatchObject({ severity: 'critical', exposure: 'real', witnessed: true });
  });

  it('on a container of a closed account is latent', async () => {
    const closed = account(subscription, 'private');
    await baselined(closed, blobService(closed.id));
    const opened = container(closed.id, 'models', 'Blob');
    becomes(opened);
    await deliver(bed, engine, opened.id);
    const entry = (await entriesOf(bed, subscription)).find(({ kind }) => kind === 'case-opened');
    expect(entry?.payload).toMatchObject({ exposure: 'latent', severity: 'low' });
    expect(propertiesOf(opened.id)).toMatchObject({ publicAccess: 'None' });
  });

  it('names who opened it when exactly one write did', async () => {
    const before = account(subscription, 'weights');
    await baselined(before);
    await deliver(bed, engine, before.id);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    await deliver(bed, engine, before.id, { actor: { objectId: 'the-opener' } });
    const entry = (await entriesOf(bed, subscription)).find(({ kind }) => kind === 'case-opened');
    expect(entry?.payload.opener).toMatchObject({ grade: 'proven', actor: { objectId: 'the-opener' } });
  });

  it.each(['publicNetworkAccess', 'allowSharedKeyAccess'])('of %s waits for a person', async (property) => {
    const approved = {
      privateEndpointConnections: [
        { properties: { privateLinkServiceConnectionState: { status: 'Approved' } } },
      ],
    };
    const before = account(subscription, 'weights', approved);
    await baselined(before);
    const open = property === 'publicNetworkAccess' ? 'Enabled' : true;
    becomes(account(subscription, 'weights', { ...approved, [property]: open }));
    await deliver(bed, engine, before.id);
    await deliver(bed, engine, before.id);
    expect(propertiesOf(before.id)[property]).toBe(open);
    expect((await kinds()).slice(1)).toEqual(['case-opened', 'decision-requested']);
    expect(Object.values(await states())).toEqual(['awaiting-decision']);
  });
});

describe('what costs nothing', () => {
  it('an event on a resource in sync costs one read and leaves no entry', async () => {
    const before = account(subscription, 'weights');
    await baselined(before);
    await deliver(bed, engine, before.id);
    expect(armCalls(bed, subscription)).toEqual({ reads: 1, writes: 0 });
    expect(await kinds()).toEqual(['baseline-completed']);
  });

  it('an event on a private container costs one read', async () => {
    const before = account(subscription, 'weights');
    const models = container(before.id, 'models');
    await baselined(before, blobService(before.id), models);
    await deliver(bed, engine, models.id);
    expect(armCalls(bed, subscription)).toEqual({ reads: 1, writes: 0 });
  });

  it('ten deliveries of one event cost what one does', async () => {
    const before = account(subscription, 'weights');
    await baselined(before);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    const note = noteOf(before.id);
    await Promise.all(Array.from({ length: 10 }, () => deliver(bed, engine, before.id, note)));
    expect(armCalls(bed, subscription)).toEqual({ reads: 2, writes: 1 });
    expect((await kinds()).slice(1)).toEqual(closedInTwo);
  });

  it('the echo of our own write costs no call, known by its request and not by our identity', async () => {
    const before = account(subscription, 'weights');
    await baselined(before);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    await deliver(bed, engine, before.id);
    const [write] = bed.azure.accounting.calls({ method: 'PATCH', path: subscription });
    bed.azure.accounting.reset();
    const ours = { appId: bed.deployment.identities.remediate.clientId };
    const requestId = write!.clientRequestId!;
    await deliver(bed, engine, before.id, { actor: ours, requestId, time: write!.time.toISOString() });
    expect(armCalls(bed, subscription)).toEqual({ reads: 0, writes: 0 });
    expect((await kinds()).slice(1)).toEqual(closedInTwo);

    await deliver(bed, engine, before.id, { actor: ours });
    expect(await states()).toEqual({ 'service-identity-accounted-for': 'held' });
    expect(armCalls(bed, subscription)).toEqual({ reads: 1, writes: 0 });
  });
});

describe('what was not witnessed', () => {
  it('is asked about at the baseline, and stays as it is whatever happens to it', async () => {
    const standing = account(subscription, 'standing', {
      allowBlobPublicAccess: true,
      minimumTlsVersion: 'TLS1_0',
    });
    const models = container(standing.id, 'models', 'Blob');
    await baselined(standing, blobService(standing.id), models);
    await deliver(bed, engine, standing.id);
    await deliver(bed, engine, models.id);
    expect(bed.azure.arm.state.get(standing.id)).toEqual(standing);
    expect(bed.azure.arm.state.get(models.id)).toEqual(models);
    expect(await states()).toEqual({
      'storage-account-blob-anonymous-access': 'awaiting-decision',
      'storage-account-min-tls': 'awaiting-decision',
      'blob-container-anonymous-access': 'awaiting-decision',
    });
  });

  it('is what opens before there is a baseline', async () => {
    const early = account(subscription, 'early', { allowBlobPublicAccess: true });
    becomes(early);
    await deliver(bed, engine, early.id);
    expect(bed.azure.arm.state.get(early.id)).toEqual(early);
    expect(await states()).toEqual({ 'storage-account-blob-anonymous-access': 'awaiting-decision' });
  });

  it('is recorded however much of it there is on one account', async () => {
    const standing = account(subscription, 'standing', { allowBlobPublicAccess: true });
    const models = Array.from({ length: 120 }, (_, index) =>
      container(standing.id, `models-${index}`, 'Blob'),
    );
    await baselined(standing, blobService(standing.id), ...models);
    expect(await openCasesOf(bed, subscription)).toHaveLength(121);
    expect((await kinds()).filter((kind) => kind === 'decision-requested')).toHaveLength(121);
  });

  it('becomes witnessed once somebody closed it and it opens again', async () => {
    const standing = account(subscription, 'standing', { allowBlobPublicAccess: true });
    await baselined(standing);
    becomes(account(subscription, 'standing'));
    await deliver(bed, engine, standing.id);
    expect(await states()).toEqual({});
    becomes(standing);
    await deliver(bed, engine, standing.id);
    expect(propertiesOf(standing.id)).toMatchObject({ allowBlobPublicAccess: false });
  });

  it('is not recorded twice by a second baseline', async () => {
    await baselined(account(subscription, 'standing', { allowBlobPublicAccess: true }));
    const before = await kinds();
    expect(await takeBaseline(engine, bed.queue, subscription)).toEqual({ kind: 'not-needed' });
    expect(await kinds()).toEqual(before);
  });
});

describe('what the policy says', () => {
  const withMode = (control: string, mode: Mode): Policy => ({
    ...defaultPolicy,
    modeOf: (subject) =>
      subject.control === control ? { mode, rule: 'test' } : defaultPolicy.modeOf(subject),
  });

  it('an account that is left open makes its latent containers real', async () => {
    const closed = account(subscription, 'weights');
    const models = container(closed.id, 'models', 'Blob');
    await baselined(closed, blobService(closed.id), models);
    engine = await bed.newEngine({ policy: withMode('storage-account-blob-anonymous-access', 'observe') });
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    await deliver(bed, engine, closed.id);
    const [held] = (await openCasesOf(bed, subscription)).filter(({ resource }) => resource === models.id);
    expect(held?.data).toMatchObject({ severity: 'critical', exposure: 'real', witnessed: false });
    expect(propertiesOf(models.id)).toMatchObject({ publicAccess: 'Blob' });
  });

  it('a control that is off opens no case', async () => {
    const before = account(subscription, 'weights');
    await baselined(before);
    engine = await bed.newEngine({ policy: withMode('storage-account-min-tls', 'off') });
    becomes(account(subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    await deliver(bed, engine, before.id);
    expect(await kinds()).toEqual(['baseline-completed']);
    expect(armCalls(bed, subscription)).toEqual({ reads: 1, writes: 0 });
  });

  it("changes beyond the hour's budget are held, and their resources left alone", async () => {
    const names = ['a', 'b', 'c'];
    await baselined(...names.map((name) => account(subscription, name)));
    engine = await bed.newEngine({
      policy: { ...defaultPolicy, limits: { ...defaultPolicy.limits, changesPerHour: 2 } },
    });
    for (const name of names) {
      becomes(account(subscription, name, { minimumTlsVersion: 'TLS1_0' }));
      await deliver(bed, engine, account(subscription, name).id);
    }
    const versions = names.map((name) => propertiesOf(account(subscription, name).id).minimumTlsVersion);
    expect(versions).toEqual(['TLS1_2', 'TLS1_2', 'TLS1_0']);
    expect((await openCasesOf(bed, subscription)).map(({ data }) => data.hold)).toMatchObject([
      { reason: 'budget' },
    ]);
  });
});

describe('how a case ends otherwise', () => {
  it('infrastructure encryption is never changed, and its case carries a migration plan', async () => {
    const before = account(subscription, 'plain');
    await baselined(before);
    becomes(account(subscription, 'plain', { encryption: { keySource: 'Microsoft.Storage' } }));
    await deliver(bed, engine, before.id);
    const held = (await entriesOf(bed, subscription)).find(({ kind }) => kind === 'case-held');
    expect(held?.payload).toMatchObject({ reason: 'observe' });
    expect(held?.payload.guidance).toContain('plain');
    expect(armCalls(bed, subscription).writes).toBe(0);
  });

  it.each([
    ['gone', (id: string) => bed.azure.arm.state.remove(id)],
    ['fixed-by-others', () => becomes(account(subscription, 'standing'))],
  ] as const)('%s', async (reason, act) => {
    const standing = account(subscription, 'standing', { allowBlobPublicAccess: true });
    await baselined(standing);
    act(standing.id);
    await deliver(bed, engine, standing.id, { operation: 'Microsoft.Storage/storageAccounts/delete' });
    const last = (await entriesOf(bed, subscription)).at(-1);
    expect(last).toMatchObject({ kind: 'case-closed', payload: { reason } });
    expect(await states()).toEqual({});
  });

  it.each([
    // The merged write, then each step alone.
    [403, 'RequestDisallowedByPolicy', 'failed', { code: 'denied-by-policy' }, 3],
    [400, 'InvalidRequestPropertyValue', 'failed', { code: 'request-refused' }, 3],
    // A lock refuses each of them.
    [409, 'ScopeLocked', 'held', undefined, 1],
  ])(
    'a write that Azure refuses with %d %s is told, and the account left alone',
    async (status, code, state, failure, writes) => {
      const before = account(subscription, 'weights');
      await baselined(before);
      const broken = account(subscription, 'weights', {
        allowBlobPublicAccess: true,
        minimumTlsVersion: 'TLS1_0',
      });
      becomes(broken);
      bed.faults.add({
        target: 'arm',
        effect: { kind: 'status', status, code },
        methods: ['PATCH'],
        urlPattern: subscription,
      });
      await deliver(bed, engine, before.id);
      expect(bed.azure.arm.state.get(before.id)).toEqual(broken);
      const cases = await openCasesOf(bed, subscription);
      expect(cases.map((open) => open.state)).toEqual([state, state]);
      if (failure !== undefined) {
        expect(cases[0]?.data.failure).toMatchObject(failure);
      }
      expect(armCalls(bed, subscription).writes).toBe(writes);
    },
  );

  it.each([
    [429, 'TooManyRequests'],
    [503, 'ServiceUnavailable'],
    [409, 'AnotherOperationInProgress'],
  ])('a write that Azure puts off with %d %s is done later, once', async (status, code) => {
    const before = account(subscription, 'weights');
    await baselined(before);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    bed.faults.add({
      target: 'arm',
      effect: { kind: 'status', status, code },
      methods: ['PATCH'],
      urlPattern: subscription,
      times: 1,
    });
    expect(await deliver(bed, engine, before.id)).toMatchObject({ kind: 'postponed' });
    const put = status === 503 ? 'changing' : 'open'; // Of a 503 nobody knows whether it took effect.
    expect(await states()).toEqual({ 'storage-account-blob-anonymous-access': put });
    await untilWoken(bed, engine, before.id);
    expect(propertiesOf(before.id)).toMatchObject({ allowBlobPublicAccess: false });
    const entries = (await kinds()).slice(1);
    expect(entries.filter((kind) => kind === 'change-applied')).toHaveLength(1);
    expect([entries[0], entries.at(-1)]).toEqual(['case-opened', 'case-closed']);
  });

  it('a write whose answer is lost is found to have taken effect, and not repeated', async () => {
    const before = account(subscription, 'weights');
    await baselined(before);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    bed.faults.add({
      target: 'arm',
      effect: { kind: 'reset-after' },
      methods: ['PATCH'],
      urlPattern: subscription,
      times: 1,
    });
    expect(await deliver(bed, engine, before.id)).toMatchObject({ kind: 'postponed' });
    await untilWoken(bed, engine, before.id);
    expect(armCalls(bed, subscription).writes).toBe(1);
    expect((await kinds()).slice(1)).toEqual(closedInTwo);
  });
});

describe('what one event proves', () => {
  it('an event on the account witnesses nothing about its containers', async () => {
    const held = account(subscription, 'public', { allowBlobPublicAccess: true });
    await baselined(held, blobService(held.id));
    const silent = container(held.id, 'silent', 'Blob'); // Through the data plane: no event tells of it.
    becomes(silent);
    const loud = container(held.id, 'loud', 'Blob');
    becomes(loud);
    await deliver(bed, engine, held.id);
    await deliver(bed, engine, loud.id);
    await takeLook(held.id, 'sweep');
    expect(propertiesOf(silent.id)).toMatchObject({ publicAccess: 'Blob' });
    expect(propertiesOf(loud.id)).toMatchObject({ publicAccess: 'None' });
  });

  it('an event on the account does not make a late event on a container known', async () => {
    const open = account(subscription, 'public', { allowBlobPublicAccess: true });
    await baselined(open, blobService(open.id));
    await deliver(bed, engine, open.id);
    const models = container(open.id, 'models', 'Blob');
    becomes(models);
    const tenMinutesAgo = new Date(Date.now() - 600_000).toISOString();
    await deliver(bed, engine, models.id, { time: tenMinutesAgo });
    expect(propertiesOf(models.id)).toMatchObject({ publicAccess: 'None' });
  });

  it('a single 404 does not end a case, and what comes back is not new', async () => {
    const standing = account(subscription, 'standing', { minimumTlsVersion: 'TLS1_0' });
    await baselined(standing);
    for (const code of ['SubscriptionNotFound', 'ResourceNotFound']) {
      const effect = { kind: 'status', status: 404, code } as const;
      bed.faults.add({ target: 'arm', effect, methods: ['GET'], urlPattern: 'standing', times: 1 });
      await deliver(bed, engine, standing.id);
      expect(await states()).toEqual({ 'storage-account-min-tls': 'awaiting-decision' });
    }
    await untilWoken(bed, engine, standing.id);
    expect(propertiesOf(standing.id)).toMatchObject({ minimumTlsVersion: 'TLS1_0' });
  });

  it('a control that was off at the baseline has witnessed nothing', async () => {
    const off: Policy = {
      ...defaultPolicy,
      name: 'off',
      hasOff: true,
      modeOf: () => ({ mode: 'off', rule: 'test' }),
    };
    const auto = engine;
    engine = await bed.newEngine({ policy: off });
    const standing = account(subscription, 'standing', { minimumTlsVersion: 'TLS1_0' });
    bed.azure.arm.state.load(standing);
    await takeBaseline(engine, bed.queue, subscription);
    engine = auto;
    await deliver(bed, engine, standing.id);
    expect(propertiesOf(standing.id)).toMatchObject({ minimumTlsVersion: 'TLS1_0' });
  });

  it('what could not be read at the baseline stays unwitnessed until all of it was read', async () => {
    const open = account(subscription, 'public', { allowBlobPublicAccess: true });
    const models = container(open.id, 'models', 'Blob');
    [open, blobService(open.id), models].forEach((body) => bed.azure.arm.state.load(body));
    const action = 'Microsoft.Storage/storageAccounts/blobServices/containers/read';
    const giveBack = bed.azure.arm.roles.withhold(bed.deployment.roles.observe, action);
    await takeBaseline(engine, bed.queue, subscription);
    await deliver(bed, engine, open.id);
    giveBack();
    await deliver(bed, engine, models.id);
    expect(propertiesOf(models.id)).toMatchObject({ publicAccess: 'Blob' });
    expect(Object.values(await states())).not.toContain('failed');
  });

  it('the id of a request explains one write: not another resource, not another time', async () => {
    const before = account(subscription, 'weights');
    const other = account(subscription, 'other');
    await baselined(before, other);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    await deliver(bed, engine, before.id);
    const [write] = bed.azure.accounting.calls({ method: 'PATCH', path: subscription });
    const replay = {
      actor: { appId: bed.deployment.identities.remediate.clientId },
      requestId: write!.clientRequestId!,
    };
    await deliver(bed, engine, other.id, replay);
    await deliver(bed, engine, before.id, { ...replay, time: new Date(Date.now() + 300_000).toISOString() });
    const cases = await openCasesOf(bed, subscription);
    expect(cases.map(({ control, state }) => [control, state])).toEqual([
      ['service-identity-accounted-for', 'held'],
      ['service-identity-accounted-for', 'held'],
    ]);
  });

  it('a notification that is older than what waits clears nothing', async () => {
    const before = account(subscription, 'weights');
    await baselined(before);
    const clean = account(subscription, 'weights');
    const open = account(subscription, 'weights', { allowBlobPublicAccess: true });
    becomes(open);
    const old = noteOf(before.id, {
      source: 'notification',
      time: new Date(Date.now() - 120_000).toISOString(),
    });
    await reconcile(engine, bed.queue, {
      format: 1,
      root: before.id,
      note: old,
      body: clean,
      postponed: 0,
    });
    await deliver(bed, engine, before.id, { time: new Date(Date.now() - 60_000).toISOString() });
    expect(propertiesOf(before.id)).toMatchObject({ allowBlobPublicAccess: false });
  });
});

describe('the result of a write', () => {
  /** The first read that follows a write to this test's account ends so. */
  const unreadableAfterWrite = (status: number, code: string): void => {
    const own = subscription;
    const effect = { kind: 'status', status, code } as const;
    bed.azure.arm.onOperation(({ resourceId }) => {
      if (resourceId.toLowerCase().includes(own)) {
        bed.faults.add({ target: 'arm', effect, methods: ['GET'], urlPattern: own, times: 1 });
      }
    });
  };

  it.each([
    [503, 'ServiceUnavailable'],
    [403, 'AuthorizationFailed'],
  ])('is recorded when the look after it ends with %d %s, and the case goes on', async (status, code) => {
    const before = account(subscription, 'weights');
    await baselined(before);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    unreadableAfterWrite(status, code);
    await deliver(bed, engine, before.id);
    await deliver(bed, engine, before.id);
    await untilClosed();
    expect((await kinds()).filter((kind) => kind === 'change-applied')).toHaveLength(1);
    expect(armCalls(bed, subscription).writes).toBe(1);
  });

  const untilClosed = async (): Promise<void> => {
    await eventually('no case is open', async () => {
      await reconcile(engine, bed.queue, {
        format: 1,
        root: account(subscription, 'weights').id,
        postponed: 0,
      });
      return Object.keys(await states()).length === 0;
    });
  };

  it('that certainly had no effect is not claimed when somebody else closed the drift', async () => {
    const before = account(subscription, 'weights');
    await baselined(before);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    const effect = { kind: 'status', status: 429, code: 'TooManyRequests' } as const;
    bed.faults.add({ target: 'arm', effect, methods: ['PATCH'], urlPattern: subscription, times: 1 });
    await deliver(bed, engine, before.id);
    becomes(before);
    await untilWoken(bed, engine, before.id);
    expect((await entriesOf(bed, subscription)).at(-1)?.payload).toMatchObject({ reason: 'fixed-by-others' });
    expect(await kinds()).not.toContain('change-applied');
  });

  it('that may have had one is planned anew when somebody wrote meanwhile, and says so', async () => {
    const before = account(subscription, 'weights');
    await baselined(before);
    becomes(account(subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    bed.faults.add({
      target: 'arm',
      effect: { kind: 'reset-after' },
      methods: ['PATCH'],
      urlPattern: subscription,
      times: 1,
    });
    await deliver(bed, engine, before.id);
    becomes(account(subscription, 'weights', { minimumTlsVersion: 'TLS1_1' }));
    await untilWoken(bed, engine, before.id);
    expect(await states()).toEqual({});
    expect(propertiesOf(before.id)).toMatchObject({ minimumTlsVersion: 'TLS1_2' });
    const withdrawn = (await entriesOf(bed, subscription)).find(({ kind }) => kind === 'change-withdrawn');
    expect(withdrawn?.payload).toMatchObject({ requestIds: [expect.any(String)] });
  });
});

it('a name that looks like a secret leaves its resource with a case all the same', async () => {
  const group = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0';
  const move = (body: ReturnType<typeof account>) => ({ ...body, id: body.id.replace('rg-models', group) });
  const before = move(account(subscription, 'weights'));
  await baselined(before);
  becomes(move(account(subscription, 'weights', { allowBlobPublicAccess: true })));
  await deliver(bed, engine, before.id);
  expect(propertiesOf(before.id)).toMatchObject({ allowBlobPublicAccess: false });
  expect((await kinds()).slice(1)).toEqual(closedInTwo);
});

describe('least privilege', () => {
  const actions = [
    ['observe', 'Microsoft.Storage/storageAccounts/read'],
    ['observe', 'Microsoft.Storage/storageAccounts/blobServices/containers/read'],
    ['remediate', 'Microsoft.Storage/storageAccounts/write'],
    ['remediate', 'Microsoft.Storage/storageAccounts/blobServices/containers/write'],
  ] as const;

  /**
   * What the guardrails ask: without them a person is asked, or an exemption does not count (`surroundings.test.ts`). Without
   * the right to topics the sweep cannot tell of one that is missing, and says so.
   */
  const ofGuardrails = [...surroundingsActions, ...activityActions, 'Microsoft.EventGrid/systemTopics/read'];

  it('the table names every action of the generated roles', async () => {
    const { default: generated } = (await import('../../../infra/generated/role-actions.json', {
      with: { type: 'json' },
    })) as {
      default: Record<string, unknown>;
    };
    const { $comment, ...roles } = generated;
    const listed = Object.fromEntries(
      ['observe', 'remediate'].map((power) => [
        power,
        [
          ...actions.filter(([of]) => of === power).map(([, action]) => action),
          ...(power === 'observe' ? ofGuardrails : []),
        ].sort(),
      ]),
    );
    expect(String($comment)).toContain('Generated');
    expect(roles).toEqual(listed);
  });

  it.each(actions)('without %s %s a case says so by name', async (power, action) => {
    const open = account(subscription, 'open', { allowBlobPublicAccess: true });
    await baselined(open, blobService(open.id), account(subscription, 'weights'));
    const models = container(open.id, 'models', 'Blob');
    becomes(models);
    becomes(account(subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    const giveBack = bed.azure.arm.roles.withhold(bed.deployment.roles[power], action);
    await deliver(bed, engine, models.id);
    await deliver(bed, engine, account(subscription, 'weights').id);
    giveBack();
    const failed = (await openCasesOf(bed, subscription)).filter(({ state }) => state === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    for (const { data } of failed) {
      expect(data.failure).toMatchObject({ code: 'access-denied', action });
    }

    await deliver(bed, engine, models.id);
    await deliver(bed, engine, account(subscription, 'weights').id);
    expect((await openCasesOf(bed, subscription)).filter(({ state }) => state === 'failed')).toEqual([]);
  });

  it('without any assignment the baseline does not complete, and a case says why', async () => {
    const unknown = newSubscription();
    bed.azure.arm.state.load(account(unknown, 'weights'));
    expect(await takeBaseline(engine, bed.queue, unknown)).toMatchObject({ kind: 'unfinished' });
    const [failed] = await openCasesOf(bed, unknown);
    expect(failed).toMatchObject({ control: 'resource-observable', state: 'failed' });
    expect(failed?.data.failure).toMatchObject({
      code: 'access-denied',
      action: 'Microsoft.Storage/storageAccounts/read',
    });
  });
});

function propertiesIn({ properties }: { properties: Record<string, unknown> }): Record<string, unknown> {
  return properties;
}
