import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLookService } from '../../../shared/approval/open-look-service.ts';
import { storageAccountRoot } from '../../../shared/azure/observers/storage-account.ts';
import type { Caller, Role } from '../../../shared/entra/caller.ts';
import type { WorkQueue } from '../../../shared/work/queue.ts';
import { createIntake } from '../../../shared/intake/receive.ts';
import { reconcile } from '../../../shared/engine/run/reconcile.ts';
import type { ReconcileRequest } from '../../../shared/work/request.ts';
import { createWorker } from '../../../shared/engine/run/worker.ts';
import { account, container } from '../../support/estate.ts';
import { person } from '../../support/deciders.ts';
import { GuardWorld, hourMs, minuteMs } from '../../support/guard-world.ts';
import { TableWriter } from '../../support/planted.ts';
import { armCalls } from '../../support/scenario.ts';
import { TestQueue } from '../../support/sweep-world.ts';

let world: GuardWorld;

beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());
beforeEach(() => world.bed.faults.clear());

const tls = 'storage-account-min-tls';
const writes = () => armCalls(world.bed, world.subscription).writes;
const group = () => world.idOf('weights').split('/providers/')[0]!;

function refuse(status: number, code: string): void {
  const scope = world.idOf('weights').split('/providers/')[0]!;
  const message = `The scope 'x' cannot perform write operation because following scope(s) are locked: '${scope}'. Please remove the lock and try again.`;
  world.bed.faults.add({
    target: 'arm',
    methods: ['PATCH'],
    urlPattern: world.subscription,
    effect: { kind: 'status', status, code, message },
  });
}

/** The web app's side of a look: what it sends reaches the worker at once. */
function looks(queue: WorkQueue = { send: (request) => deliver({ format: 1, postponed: 0, ...request }) }) {
  return openLookService({
    rootTypes: [storageAccountRoot],
    subscriptions: [world.subscription],
    queue: () => queue,
    clock: world.clock,
    logger: world.engine.logger,
  });
}

async function deliver(request: Parameters<typeof reconcile>[2]): Promise<void> {
  await reconcile(world.engine, world.bed.queue, request);
}

const owner = person('owner', ['Leakstop.RiskOwner']);
const ask = (resource = world.idOf('weights'), by: Caller = owner) => looks().ask(resource, by);

describe('a look that somebody asks for', () => {
  it.each([
    ['locked', 409, 'ScopeLocked'],
    ['deny-assignment', 403, 'DenyAssignmentAuthorizationFailed'],
    ['failed', 403, 'AuthorizationFailed'],
    ['failed', 403, 'RequestDisallowedByPolicy'],
    ['failed', 400, 'InvalidRequestPropertyValue'],
  ])(
    'closes at once what was %s (%d %s) when nothing stands in the way any more',
    async (state, status, code) => {
      await world.guard(['weights']);
      refuse(status, code);
      await world.opens('weights');
      expect(await world.holds()).toEqual({ [`weights ${tls}`]: state });
      world.bed.faults.clear();
      world.clock.advance(1_000);
      expect(await ask()).toMatchObject({ kind: 'asked', root: world.idOf('weights') });
      expect(world.isClosed('weights')).toBe(true);
      expect(await world.holds()).toEqual({});
      const asked = (await world.entries()).find(({ kind }) => kind === 'case-reconsidered');
      expect(asked?.payload).toMatchObject({ askedBy: { objectId: owner.objectId, name: 'owner' } });
    },
  );

  it('is one write while it is refused, and the rest begins anew', async () => {
    await world.guard(['weights']);
    refuse(409, 'ScopeLocked');
    await world.opens('weights');
    for (const rest of [3, 5, 9]) {
      await world.passes(rest * minuteMs);
    }
    const before = writes();
    world.clock.advance(1_000);
    await ask();
    expect(writes()).toBe(before + 1);
    expect(await world.holds()).toEqual({ [`weights ${tls}`]: 'locked' });
    await world.passes(3 * minuteMs);
    expect(writes()).toBe(before + 2);
  });

  it('does not blame whoever asks for what it finds, nor for what an event tells of at the same time', async () => {
    await world.guard(['weights', 'datasets']);
    world.becomes(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
    world.clock.advance(1_000);
    await ask();
    const found = (await world.entries()).find(({ kind }) => kind === 'case-opened');
    expect(found?.payload).toMatchObject({ witnessed: false, opener: { grade: 'unknown' } });
    expect(JSON.stringify(found)).not.toContain(owner.objectId);

    // The look waits on the row when the event comes.
    world.bed.faults.add({
      target: 'arm',
      methods: ['GET'],
      urlPattern: `${world.subscription}.*datasets`,
      times: 1,
      effect: { kind: 'status', status: 503 },
    });
    await ask(world.idOf('datasets'));
    await world.opens('datasets', undefined, {
      actor: { objectId: 'mallory', appId: 'cli', name: 'Mallory' },
    });
    await world.passes(minuteMs);
    const opened = (await world.entries()).find(
      ({ kind, resource }) => kind === 'case-opened' && resource === world.idOf('datasets'),
    );
    expect(opened?.payload).toMatchObject({
      witnessed: true,
      opener: { grade: 'proven', actor: { objectId: 'mallory' } },
    });
  });

  it('at a container looks at the container, and at whatever its account leaves open', async () => {
    await world.guard(['weights']);
    world.becomes(account(world.subscription, 'weights', { allowBlobPublicAccess: true }));
    const models = container(world.idOf('weights'), 'models', 'Container');
    world.becomes(models);
    expect(await ask(models.id)).toMatchObject({ kind: 'asked', root: world.idOf('weights') });
    expect(Object.keys(await world.holds())).toContain('models blob-container-anonymous-access');
  });
});

describe('a look is refused', () => {
  it.each<[string, () => string, string, RegExp]>([
    ['what is no id', () => 'weights', 'malformed', /expected the id of a resource/],
    [
      'a type that nothing guards',
      () => `${group()}/providers/Microsoft.Web/sites/x`,
      'malformed',
      /Microsoft\.Web\/sites.*storageaccounts/,
    ],
    ['a group', () => group(), 'malformed', /resourceGroups/],
    [
      'another subscription',
      () => account('00000000-0000-4000-8000-000000000000', 'x').id,
      'not-found',
      /not guarded/,
    ],
    ['an id that is too long', () => `${world.idOf('weights')}${'x'.repeat(5_000)}`, 'malformed', /expected/],
  ])('%s', async (_, resource, code, message) => {
    await world.guard(['weights']);
    const result = await ask(resource());
    expect(result).toMatchObject({ kind: 'refused', code });
    expect(result.kind === 'refused' && result.message).toMatch(message);
  });

  it.each<[Partial<Caller>, string]>([
    [{ roles: ['Leakstop.Auditor'] as Role[] }, 'refused'],
    [{ roles: [] }, 'refused'],
    [{ kind: 'app' }, 'refused'],
    [{ roles: ['Leakstop.Approver'] as Role[] }, 'asked'],
    [{ roles: ['Leakstop.Operator'] as Role[] }, 'asked'],
  ])('to whoever may not ask: %j', async (change, kind) => {
    await world.guard(['weights']);
    expect((await ask(undefined, { ...owner, ...change })).kind).toBe(kind);
  });

  it('when one person, or everybody at one resource, asks too often; later it is answered again', async () => {
    const names = Array.from({ length: 15 }, (_, index) => `data${index}`);
    await world.guard(names);
    const sent: string[] = [];
    const service = looks({ send: ({ root }) => Promise.resolve(void sent.push(root)) });
    const kinds: string[] = [];
    for (const name of names) {
      kinds.push((await service.ask(world.idOf(name), owner)).kind);
    }
    expect(kinds.filter((kind) => kind === 'asked')).toHaveLength(sent.length);
    expect(sent.length).toBeLessThan(names.length);
    const others = names.map((name) => person(name, ['Leakstop.Operator']));
    const atOne: string[] = [];
    for (const other of others) {
      const result = await service.ask(world.idOf('data14'), other);
      atOne.push(result.kind === 'refused' ? result.code : result.kind);
    }
    expect(new Set(atOne)).toEqual(new Set(['asked', 'too-many']));
    world.clock.advance(2 * minuteMs);
    expect((await service.ask(world.idOf('data14'), owner)).kind).toBe('asked');
  });
});

describe('a lock that goes is news for whatever it held', () => {
  const intake = () =>
    createIntake({
      rootTypes: [storageAccountRoot],
      subscriptions: [world.subscription],
      ledger: () => Promise.reject(new Error('nothing is unreadable here')),
      unreadableEvents: () => Promise.reject(new Error('nothing is unreadable here')),
      queue: () => world.bed.queue,
      deadLetters: () => {
        throw new Error('there are none');
      },
      clock: world.clock,
      logger: world.engine.logger,
      telemetry: world.engine.telemetry,
    });

  const lockEvent = (scope: string, verb = 'delete') => ({
    id: world.clock.uuid(),
    topic: `/subscriptions/${world.subscription}`,
    subject: `${scope}/providers/Microsoft.Authorization/locks/ro`,
    eventType:
      verb === 'delete'
        ? 'Microsoft.Resources.ResourceDeleteSuccess'
        : 'Microsoft.Resources.ResourceWriteSuccess',
    eventTime: world.clock.now().toISOString(),
    data: {
      operationName: `Microsoft.Authorization/locks/${verb}`,
      resourceUri: `${scope}/providers/Microsoft.Authorization/locks/ro`,
    },
    dataVersion: '2',
    metadataVersion: '1',
  });

  /** Messages about roots that follow from an event. */
  async function messagesOf(event: object): Promise<readonly ReconcileRequest[]> {
    const queue = new TestQueue(world.clock);
    const { clock, engine } = world;
    const worker = createWorker(() => Promise.resolve(engine), {
      ...engine,
      clock,
      queue: () => queue,
      subscriptions: [world.subscription],
    });
    for (const message of await intake().receive(event, undefined)) {
      await worker.reconcile(message);
    }
    return queue.sent;
  }

  const scopes: [string, () => string][] = [
    ['the resource', () => world.idOf('weights')],
    ['its group', group],
    ['its group, in another case', () => group().toUpperCase().replace('/SUBSCRIPTIONS/', '/subscriptions/')],
    ['its subscription', () => `/subscriptions/${world.subscription}`],
  ];

  it.each(scopes)('%s: closed at once, and nothing else is looked at', async (_, scope) => {
    await world.guard(['weights', 'datasets']);
    refuse(409, 'ScopeLocked');
    await world.opens('weights');
    await world.passes(3 * minuteMs);
    world.bed.faults.clear();
    world.clock.advance(1_000);
    const messages = await messagesOf(lockEvent(scope()));
    expect(messages.map(({ root }) => root.toLowerCase())).toEqual([world.idOf('weights').toLowerCase()]);
    for (const message of messages) {
      await deliver(message);
    }
    expect(world.isClosed('weights')).toBe(true);
  });

  it('a lock whose level changed, too', async () => {
    await world.guard(['weights']);
    refuse(409, 'ScopeLocked');
    await world.opens('weights');
    expect(await messagesOf(lockEvent(group(), 'write'))).toHaveLength(1);
  });

  it.each<[string, () => string]>([
    ['another group', () => `/subscriptions/${world.subscription}/resourceGroups/rg-model`],
    ['another account', () => world.idOf('weight')],
    ['another subscription', () => '/subscriptions/00000000-0000-4000-8000-000000000000'],
    ['a management group', () => '/providers/Microsoft.Management/managementGroups/corp'],
  ])('a lock on %s is none', async (_, scope) => {
    await world.guard(['weights']);
    refuse(409, 'ScopeLocked');
    await world.opens('weights');
    expect(await messagesOf(lockEvent(scope()))).toEqual([]);
  });

  it('what is held for another reason is not tried for it', async () => {
    await world.guard(['weights']);
    refuse(403, 'AuthorizationFailed');
    await world.opens('weights');
    expect(await messagesOf(lockEvent(group()))).toEqual([]);
  });

  const toggle = async (): Promise<void> => {
    world.clock.advance(1_000);
    for (const message of await messagesOf(lockEvent(group(), 'write'))) {
      await deliver(message);
    }
  };

  it('whoever goes on changing locks makes few writes of it, and what is lifted then still closes within minutes', async () => {
    await world.guard(['weights']);
    refuse(409, 'ScopeLocked');
    await world.opens('weights');
    const [before, recorded] = [writes(), (await world.entries()).length];
    for (let count = 0; count < 60; count += 1) {
      await toggle();
    }
    expect(writes() - before).toBeLessThanOrEqual(4);
    expect((await world.entries()).length - recorded).toBeLessThan(40);
    world.bed.faults.clear();
    await toggle();
    for (let minutes = 0; minutes < 5; minutes += 1) {
      await world.passes(minuteMs);
    }
    expect(world.isClosed('weights')).toBe(true);
  });

  it.each<[string, () => string]>([
    ['another account', () => world.idOf('datasets')],
    ['an account of another subscription', () => account('00000000-0000-4000-8000-000000000000', 'x').id],
    ['no resource', () => 'no resource'],
  ])('a row that names %s for the root of what is held has nothing looked at there', async (_, root) => {
    await world.guard(['weights', 'datasets']);
    refuse(409, 'ScopeLocked');
    await world.opens('weights');
    const table = new TableWriter(world.bed, 'ledger');
    await table.alterCases(world.subscription, 'open', (data) => ({ ...data, root: root() }));
    expect(await messagesOf(lockEvent(group()))).toEqual([]);
  });

  it('a storm of them does not cut short the pause that Azure asks for', async () => {
    await world.guard(['weights']);
    refuse(409, 'ScopeLocked');
    await world.opens('weights');
    world.bed.faults.add({
      target: 'arm',
      methods: ['GET'],
      urlPattern: `${world.subscription}.*weights`,
      effect: { kind: 'status', status: 429, retryAfterInSeconds: 300 },
    });
    await toggle();
    const { reads } = armCalls(world.bed, world.subscription);
    for (let count = 0; count < 20; count += 1) {
      await toggle();
    }
    expect(armCalls(world.bed, world.subscription).reads).toBe(reads);
    world.bed.faults.clear();
    await world.passes(6 * minuteMs);
    expect(world.isClosed('weights')).toBe(true);
  });

  it('when the event is lost, the hour ends it', async () => {
    await world.guard(['weights']);
    refuse(409, 'ScopeLocked');
    await world.opens('weights');
    for (let hours = 0; hours < 24; hours += 1) {
      await world.passes(hourMs);
    }
    world.bed.faults.clear();
    await world.passes(hourMs + minuteMs);
    expect(world.isClosed('weights')).toBe(true);
  });
});
