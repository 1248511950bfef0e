import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/clock.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import type { Reconciled } from '../../../shared/engine/run/reconcile.ts';
import { reconcile } from '../../../shared/engine/run/reconcile.ts';
import { takeBaseline } from '../../../shared/engine/run/take-baseline.ts';
import { createWorker } from '../../../shared/engine/run/worker.ts';
import { defaultPolicy } from '../../../shared/policy/policy.ts';
import { account, blobService, container, newSubscription } from '../../support/estate.ts';
import type { RawCase } from '../../support/scenario.ts';
import { armCalls, deliver, entriesOf, noteOf, openCasesOf } from '../../support/scenario.ts';
import type { TestBed } from '../../support/test-bed.ts';
import { startTestBed } from '../../support/test-bed.ts';

let bed: TestBed;
let engine: Engine;
let subscription: string;
let offset = 0;

const minute = 60_000;
const hour = 60 * minute;
const clock = { ...systemClock, now: () => new Date(Date.now() + offset) };

beforeAll(async () => {
  bed = await startTestBed({ clock, work: { paceInMs: 0 } });
});
afterAll(() => bed.stop());

beforeEach(async () => {
  offset = 0;
  bed.faults.clear();
  engine = await bed.newEngine();
  subscription = newSubscription();
  bed.guard(subscription);
});

async function baselined(...bodies: Record<string, unknown>[]): Promise<void> {
  const anchor = account(subscription, 'anchor');
  [...bodies, anchor, blobService(anchor.id)].forEach((body) => bed.azure.arm.state.load(body));
  expect(await takeBaseline(engine, bed.queue, subscription)).toMatchObject({ kind: 'completed' });
  bed.azure.accounting.reset();
}

const becomes = (body: Record<string, unknown>) => bed.azure.arm.state.load(body);
const propertiesOf = (id: string) => bed.azure.arm.state.get(id)?.properties as Record<string, unknown>;
const happens = (id: string) => deliver(bed, engine, id, { time: clock.now().toISOString() });
const caseOf = async (control: string): Promise<RawCase | undefined> =>
  (await openCasesOf(bed, subscription)).find((one) => one.control === control);

/** What the timer does: wakes the root if it is due. */
async function timer(root: string): Promise<Reconciled | 'not due'> {
  for await (const due of engine.work.due()) {
    if (due.toLowerCase() === root.toLowerCase()) {
      return reconcile(engine, bed.queue, { format: 1, root, postponed: 0 });
    }
  }
  return 'not due';
}

async function refusing(
  power: 'observe' | 'remediate',
  action: string,
  act: () => Promise<unknown>,
): Promise<void> {
  const giveBack = bed.azure.arm.roles.withhold(bed.deployment.roles[power], action);
  try {
    await act();
  } finally {
    giveBack();
  }
}

describe('what was put off comes back by itself', () => {
  it('after a window that was shut, whatever else of the root was looked at meanwhile', async () => {
    const open = account(subscription, 'public', { allowBlobPublicAccess: true });
    const other = container(open.id, 'other');
    await baselined(open, blobService(open.id), other);
    engine = await bed.newEngine({
      policy: {
        ...defaultPolicy,
        timingOf: () => ({
          kind: 'closed',
          reason: 'outside-window',
          rule: 'night',
          opensAt: new Date(Date.now() + hour),
        }),
      },
    });
    const models = container(open.id, 'models', 'Blob');
    becomes(models);
    await happens(models.id);
    expect((await caseOf('blob-container-anonymous-access'))?.state).toBe('held');
    await happens(other.id);
    engine = await bed.newEngine();
    offset = 2 * hour;
    expect(await timer(open.id)).toEqual({ kind: 'done' });
    expect(propertiesOf(models.id)).toMatchObject({ publicAccess: 'None' });
  });

  it('when a right to read a container was missing: the container is looked at, not the account alone', async () => {
    const open = account(subscription, 'public', { allowBlobPublicAccess: true });
    await baselined(open, blobService(open.id));
    const models = container(open.id, 'models', 'Blob');
    becomes(models);
    await refusing('observe', 'Microsoft.Storage/storageAccounts/blobServices/containers/read', () =>
      happens(models.id),
    );
    expect(await caseOf('resource-observable')).toMatchObject({ state: 'failed' });
    offset = 61 * minute;
    await timer(open.id);
    expect(await caseOf('resource-observable')).toBeUndefined();
    // Nobody saw it open: it is told of, and waits for a person.
    expect(await caseOf('blob-container-anonymous-access')).toMatchObject({ state: 'awaiting-decision' });
  });

  it('when a right to write was missing, without any news', async () => {
    const weights = account(subscription, 'weights');
    await baselined(weights);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    await refusing('remediate', 'Microsoft.Storage/storageAccounts/write', () => happens(weights.id));
    expect((await openCasesOf(bed, subscription))[0]?.state).toBe('failed');
    offset = 4 * minute;
    expect(await timer(weights.id)).toBe('not due');
    offset = 6 * minute;
    await timer(weights.id);
    expect(propertiesOf(weights.id)).toMatchObject({ allowBlobPublicAccess: false });
    expect(await openCasesOf(bed, subscription)).toEqual([]);
  });

  it('with longer and longer rests while the right stays away: a dozen tries in a week', async () => {
    const weights = account(subscription, 'weights');
    await baselined(weights);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    await refusing('remediate', 'Microsoft.Storage/storageAccounts/write', async () => {
      await happens(weights.id);
      for (let hours = 1; hours <= 7 * 24; hours += 1) {
        offset = hours * hour;
        await timer(weights.id);
      }
    });
    const failures = (await entriesOf(bed, subscription)).filter(({ kind }) => kind === 'case-failed');
    expect(failures.length).toBeGreaterThan(7);
    expect(failures.length).toBeLessThan(18);
  });
});

describe('a resource that answers 404', () => {
  it('once, then is there, and once again much later is not taken for gone', async () => {
    const standing = account(subscription, 'standing', { minimumTlsVersion: 'TLS1_0' });
    await baselined(standing);
    const vanish = () =>
      bed.faults.add({
        target: 'arm',
        effect: { kind: 'status', status: 404, code: 'ResourceNotFound' },
        methods: ['GET'],
        urlPattern: 'standing',
        times: 1,
      });
    vanish();
    await happens(standing.id);
    expect((await caseOf('storage-account-min-tls'))?.data.missingSince).toBeDefined();
    offset = 20_000;
    await timer(standing.id);
    expect((await caseOf('storage-account-min-tls'))?.data.missingSince).toBeUndefined();
    offset = 5 * hour;
    vanish();
    await happens(standing.id);
    expect(await caseOf('storage-account-min-tls')).toMatchObject({ state: 'awaiting-decision' });
  });
});

describe('the budget of an hour', () => {
  it('is not used up by changes that Azure put off', async () => {
    const weights = account(subscription, 'weights');
    await baselined(weights);
    engine = await bed.newEngine({
      policy: { ...defaultPolicy, limits: { ...defaultPolicy.limits, changesPerHour: 1 } },
    });
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    bed.faults.add({
      target: 'arm',
      effect: { kind: 'status', status: 429, code: 'TooManyRequests' },
      methods: ['PATCH'],
      urlPattern: subscription,
      times: 3,
    });
    await happens(weights.id);
    for (let attempt = 0; attempt < 4; attempt += 1) {
      offset += 5_000;
      await timer(weights.id);
    }
    expect(propertiesOf(weights.id)).toMatchObject({ allowBlobPublicAccess: false });
    expect(await openCasesOf(bed, subscription)).toEqual([]);
  });
});

describe('a baseline', () => {
  it('is not kept from its end by one root that keeps failing, and what is found there is not witnessed', async () => {
    const [bad, good] = [account(subscription, 'bad'), account(subscription, 'good')];
    [bad, good, blobService(bad.id), blobService(good.id)].forEach(becomes);
    const fault = bed.faults.add({
      target: 'arm',
      effect: { kind: 'status', status: 500, code: 'InternalServerError' },
      methods: ['GET'],
      urlPattern: 'storageAccounts/bad',
    });
    const runs: string[] = [];
    for (let run = 0; run < 3; run += 1) {
      runs.push((await takeBaseline(engine, bed.queue, subscription)).kind);
      offset += 10 * minute;
    }
    expect(runs).toEqual(['unfinished', 'unfinished', 'completed']);
    expect(await caseOf('resource-observable')).toMatchObject({
      state: 'failed',
      resource: bad.id,
    });
    becomes(account(subscription, 'good', { allowBlobPublicAccess: true }));
    await happens(good.id);
    expect(propertiesOf(good.id)).toMatchObject({ allowBlobPublicAccess: false });
    bed.faults.remove(fault);
    becomes(account(subscription, 'bad', { allowBlobPublicAccess: true }));
    offset += 10 * minute;
    await happens(bad.id);
    expect(propertiesOf(bad.id)).toMatchObject({ allowBlobPublicAccess: true });
    expect(await caseOf('storage-account-blob-anonymous-access')).toMatchObject({
      state: 'awaiting-decision',
    });
  });

  it('taken while a rule turned a control off tells nothing of it later: it is taken anew, and until then nothing counts as witnessed', async () => {
    const [standing, other] = [
      account(subscription, 'standing', { minimumTlsVersion: 'TLS1_0' }),
      account(subscription, 'other'),
    ];
    engine = await bed.newEngine({
      policy: {
        ...defaultPolicy,
        name: 'with-off',
        hasOff: true,
        modeOf: ({ control, defaultMode, resource }) => ({
          mode: control === 'storage-account-min-tls' && resource.includes('standing') ? 'off' : defaultMode,
          rule: 'partly-off',
        }),
      },
    });
    await baselined(standing, other);
    engine = await bed.newEngine();
    await happens(standing.id);
    expect(propertiesOf(standing.id)).toMatchObject({ minimumTlsVersion: 'TLS1_0' });
    expect(await caseOf('storage-account-min-tls')).toMatchObject({ state: 'awaiting-decision' });
    expect((await takeBaseline(engine, bed.queue, subscription)).kind).toBe('completed');
    expect((await takeBaseline(engine, bed.queue, subscription)).kind).toBe('not-needed');
    becomes(account(subscription, 'other', { minimumTlsVersion: 'TLS1_0' }));
    await happens(other.id);
    expect(propertiesOf(other.id)).toMatchObject({ minimumTlsVersion: 'TLS1_2' });
    expect(propertiesOf(standing.id)).toMatchObject({ minimumTlsVersion: 'TLS1_0' });
  });

  it('that cannot list the subscription says so in the log, with the action', async () => {
    bed.log.length = 0;
    await refusing('observe', 'Microsoft.Storage/storageAccounts/read', () =>
      takeBaseline(engine, bed.queue, subscription),
    );
    const said = bed.log.find((line) => line.includes('There is no baseline')) ?? '{}';
    expect(JSON.parse(said)).toMatchObject({
      level: 'error',
      code: 'access-denied',
      action: 'Microsoft.Storage/storageAccounts/read',
    });
  });
});

describe('what our own write raises', () => {
  it.each(['requestId', 'correlationId'] as const)('is an echo by its %s alone', async (property) => {
    const weights = account(subscription, 'weights');
    await baselined(weights);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    await happens(weights.id);
    const write = bed.azure.accounting.calls().find(({ method }) => method === 'PATCH')!;
    expect(write.correlationId).toBe(write.clientRequestId);
    bed.azure.accounting.reset();
    const { requestId: _, ...note } = noteOf(weights.id, {
      time: write.time.toISOString(),
      actor: { appId: bed.deployment.identities.remediate.clientId },
      [property]: write.clientRequestId,
    });
    const own = property === 'requestId' ? { ...note, requestId: write.clientRequestId! } : note;
    await reconcile(engine, bed.queue, { format: 1, root: weights.id, note: own, postponed: 0 });
    expect(armCalls(bed, subscription)).toEqual({ reads: 0, writes: 0 });
    expect(await openCasesOf(bed, subscription)).toEqual([]);
  });
});

describe('exposure', () => {
  it('of a container becomes latent when its account is closed', async () => {
    const open = account(subscription, 'public', { allowBlobPublicAccess: true });
    await baselined(open, blobService(open.id), container(open.id, 'models', 'Blob'));
    expect((await caseOf('blob-container-anonymous-access'))?.data.exposure).toBe('real');
    becomes(account(subscription, 'public'));
    await happens(open.id);
    const { exposure, severity } = (await caseOf('blob-container-anonymous-access'))?.data ?? {};
    expect({ exposure, severity }).toEqual({ exposure: 'latent', severity: 'low' });
  });
});

describe('a change that was begun and not made', () => {
  const policyOf = (change: Partial<typeof defaultPolicy>) => ({
    ...defaultPolicy,
    name: 'newer',
    ...change,
  });

  it.each<[string, Partial<typeof defaultPolicy>, string]>([
    ['another mode', { modeOf: () => ({ mode: 'observe', rule: 'watch' }) }, 'observe'],
    [
      'an exemption',
      {
        exemptionOf: (_, now) => ({
          rule: 'old-client',
          owner: 'research',
          reason: 'migration',
          ticket: 'T-1',
          expires: new Date(now.getTime() + hour),
        }),
      },
      'exempt',
    ],
    [
      'a freeze',
      { timingOf: () => ({ kind: 'closed', reason: 'frozen', rule: 'year-end', opensAt: undefined }) },
      'frozen',
    ],
  ])('is not made when %s came in between, and the ledger says so', async (_, change, reason) => {
    const weights = account(subscription, 'weights');
    await baselined(weights);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    bed.faults.add({
      target: 'arm',
      effect: { kind: 'reset-before' },
      methods: ['PATCH'],
      urlPattern: subscription,
      times: 1,
    });
    await happens(weights.id);
    expect((await openCasesOf(bed, subscription))[0]?.state).toBe('changing');
    engine = await bed.newEngine({ policy: policyOf(change) });
    offset = 10_000;
    await timer(weights.id);
    expect(propertiesOf(weights.id)).toMatchObject({ allowBlobPublicAccess: true });
    expect(await caseOf('storage-account-blob-anonymous-access')).toMatchObject({
      state: 'held',
      data: { hold: { reason } },
    });
    const kinds = (await entriesOf(bed, subscription)).map(({ kind }) => kind);
    expect(kinds.slice(-2)).toEqual(['change-withdrawn', 'case-held']);
  });

  it('is made when nothing came in between', async () => {
    const weights = account(subscription, 'weights');
    await baselined(weights);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    bed.faults.add({
      target: 'arm',
      effect: { kind: 'reset-before' },
      methods: ['PATCH'],
      urlPattern: subscription,
      times: 1,
    });
    await happens(weights.id);
    offset = 10_000;
    await timer(weights.id);
    expect(propertiesOf(weights.id)).toMatchObject({ allowBlobPublicAccess: false });
  });
});

describe('a question', () => {
  it('is none any more when the policy turns its control off, and the case stays as a record', async () => {
    const serving = account(subscription, 'serving', { publicNetworkAccess: 'Disabled' });
    await baselined(serving);
    becomes(account(subscription, 'serving', { allowSharedKeyAccess: true }));
    await happens(serving.id);
    expect(await caseOf('storage-account-shared-key-access')).toMatchObject({ state: 'awaiting-decision' });
    engine = await bed.newEngine({
      policy: { ...defaultPolicy, name: 'off', hasOff: true, modeOf: () => ({ mode: 'off', rule: 'quiet' }) },
    });
    await happens(serving.id);
    expect(await caseOf('storage-account-shared-key-access')).toMatchObject({
      state: 'held',
      data: { hold: { reason: 'observe' }, policy: 'off' },
    });
  });
});

describe('a message that is given up', () => {
  it('ends as a failed case with its cause, until the root can be observed again', async () => {
    const weights = account(subscription, 'weights');
    await baselined(weights);
    const broken = { ...engine, observers: [] };
    const { telemetry, logger } = engine;
    const workerOf = (used: Engine) =>
      createWorker(() => Promise.resolve(used), {
        telemetry,
        logger,
        clock,
        queue: () => bed.queue,
        subscriptions: [subscription],
      });
    const message = { format: 1, root: weights.id, note: noteOf(weights.id) };
    await workerOf(broken).reconcile(message, 5);
    expect(await caseOf('resource-observable')).toMatchObject({
      state: 'failed',
      data: { failure: { message: expect.stringContaining('nothing observes') as string } },
    });
    offset = 6 * minute;
    await timer(weights.id);
    expect(await openCasesOf(bed, subscription)).toEqual([]);
  });
});

describe('a trace', () => {
  it('of the event that opened a case goes on in what a wake does later', async () => {
    const traceparent = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
    const weights = account(subscription, 'weights');
    await baselined(weights);
    becomes(account(subscription, 'weights', { allowBlobPublicAccess: true }));
    await refusing('remediate', 'Microsoft.Storage/storageAccounts/write', () =>
      deliver(bed, engine, weights.id, { time: clock.now().toISOString(), traceparent }),
    );
    offset = 6 * minute;
    await timer(weights.id);
    const about = (await entriesOf(bed, subscription)).filter(({ resource }) => resource === weights.id);
    expect(about.at(-1)?.kind).toBe('case-closed');
    expect(new Set(about.map((entry) => entry.traceparent))).toEqual(new Set([traceparent]));
  });
});
