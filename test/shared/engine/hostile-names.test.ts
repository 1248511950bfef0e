import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { catalogue } from '../../../remediators/index.ts';
import type { FaultEffect } from '../../../sandbox/faults.ts';
import { storageAccountRoot } from '../../../shared/azure/observers/storage-account.ts';
import { azureSurroundings } from '../../../shared/azure/surroundings.ts';
import { parseReconcileRequest } from '../../../shared/work/request.ts';
import { reconcile } from '../../../shared/engine/run/reconcile.ts';
import { requestFor } from '../../../shared/intake/intake.ts';
import { controlFacts } from '../../../shared/policy/control-facts.ts';
import { defaultPolicy } from '../../../shared/policy/policy.ts';
import { readPolicy } from '../../../shared/policy/read-policy.ts';
import { createLogger } from '../../../shared/telemetry/logger.ts';
import { some } from '../../support/effort.ts';
import { account, blobService } from '../../support/estate.ts';
import { GuardWorld, hourMs } from '../../support/guard-world.ts';
import { hostileGroups, hostileNames } from '../../support/hostile-names.ts';
import { keepOutputs, type Outputs, outputsOf } from '../../support/outputs.ts';

/*
 * Names decide nothing. Whatever somebody else chose (in an event, a tag, a group, a refusal of Azure), a leak is closed or
 * asked about as it otherwise would be, the ledger verifies, and nothing that is shown acts, hides or holds a secret.
 */

let world: GuardWorld;
let log: string[];
beforeAll(async () => {
  world = await GuardWorld.start();
});
afterAll(() => world.bed.stop());

async function guard(names: readonly string[]): Promise<void> {
  log = [];
  await world.guard(names, {
    logger: createLogger((_, line) => log.push(line)),
    surroundings: azureSurroundings(world.bed.clients, world.clock),
  });
}

/** An event as Event Grid delivers it, with one text in every place that its sender, or who caused it, can choose. */
function eventOn(resource: string, text: string, traceparent?: string): unknown {
  return {
    id: text === '' ? randomUUID() : text,
    eventType: 'Microsoft.Resources.ResourceWriteSuccess',
    eventTime: world.clock.now().toISOString(),
    subject: resource,
    topic: text,
    [text]: text,
    data: {
      resourceUri: resource,
      operationName: text,
      correlationId: text,
      httpRequest: { clientRequestId: text, clientIpAddress: text, url: text },
      claims: {
        'http://schemas.microsoft.com/identity/claims/objectidentifier': text,
        'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': text,
        appid: text,
        app_displayname: text,
        name: text,
        [text]: text,
      },
      authorization: { evidence: { principalType: text, role: text }, scope: text, action: text },
      status: text,
      traceparent,
    },
  };
}

/** Has an event arrive on the way that events take: through intake, the queue and the engine. */
async function arrives(event: unknown, traceparent?: string): Promise<void> {
  const guarded = { rootTypes: [storageAccountRoot], subscriptions: [world.subscription] };
  const request = requestFor(JSON.parse(JSON.stringify(event)), guarded, {
    at: world.clock.now().toISOString(),
    traceparent,
  });
  expect(request).toBeDefined();
  const message = parseReconcileRequest(JSON.parse(JSON.stringify(request)));
  await reconcile(world.engine, world.bed.queue, message);
}

/** Each table tries another part of the names; at length all of them try all. */
const tables = 4;

const acting = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/u;

/** Without what is ours: breaks in the names of cards, and the mark by which spreadsheets know the encoding. */
function withoutOurs(text: string): string {
  return text
    .replaceAll('\u200b', '')
    .replace(/^\ufeff/, '')
    .replaceAll('\r\n', '\n');
}

async function expectClean(outputs: Outputs, secret: string | undefined): Promise<void> {
  const all: Outputs = { ...outputs, 'the log': log.join('\n') };
  const folder = keepOutputs(all);
  // Nobody signed it: what is left to say is that it is consistent.
  expect({ folder, code: all['the verdict, by code'] }).toEqual({ folder, code: '4' });
  // Both exports hold texts as they are, for programs; whoever opens a sheet gets them on one line, too.
  const forPeople = Object.entries(all).filter(([name]) => name !== 'the export');
  const found = forPeople.filter(([, text]) => acting.test(withoutOurs(text)));
  expect(
    found.map(([name, text]) => [name, acting.exec(withoutOurs(text))]),
    folder,
  ).toEqual([]);
  if (secret !== undefined) {
    const rows = JSON.stringify(await world.entries());
    const holding = Object.entries({ ...all, rows }).filter(([, text]) => text.includes(secret));
    expect(
      holding.map(([name]) => name),
      folder,
    ).toEqual([]);
  }
}

const accounts = ['inevents', 'intags', 'invalues', 'inrefusals', 'calm'];

it.each(some(hostileNames, tables, 0))('%s', async (_, text, secret) => {
  await guard(accounts);
  const body = (name: string, properties: object, more: object = {}) => ({
    ...account(world.subscription, name, { minimumTlsVersion: 'TLS1_0', ...properties }),
    ...more,
  });
  for (const name of ['inevents', 'calm']) {
    world.becomes(body(name, {}));
    await arrives(eventOn(world.idOf(name), name === 'calm' ? '' : text), name === 'calm' ? undefined : text);
  }
  world.becomes(body('intags', {}, { tags: { [text]: text, team: text }, kind: 'StorageV2' }));
  await world.tell(world.idOf('intags'));
  world.becomes(body('invalues', { minimumTlsVersion: text, publicNetworkAccess: text }));
  await world.tell(world.idOf('invalues'));
  await refusedOnce('inrefusals', text);
  expect(['inevents', 'intags', 'inrefusals', 'calm'].filter((name) => !world.isClosed(name))).toEqual([]);
  const open = await world.holds();
  expect(world.isClosed('invalues') || open['invalues storage-account-min-tls']).toBeTruthy();
  expect(Object.keys(open).filter((name) => !name.startsWith('invalues'))).toEqual([]);
  await expectClean(await outputsOf(world), secret);
});

/** Azure refuses the write in every way that names something, and then no more. */
async function refusedOnce(name: string, text: string): Promise<void> {
  world.becomes(account(world.subscription, name, { minimumTlsVersion: 'TLS1_0' }));
  for (const [status, code] of [
    [409, 'ScopeLocked'],
    [403, 'RequestDisallowedByPolicy'],
    [403, 'AuthorizationFailed'],
    [400, text.slice(0, 80)],
  ] as const) {
    const effect: FaultEffect = {
      kind: 'status',
      status,
      code,
      message: `The scope '${text}' cannot perform write operation because following scope(s) are locked: '${text}'. ${text}`,
    };
    const fault = world.bed.faults.add({ target: 'arm', effect, methods: ['PATCH'] });
    await world.tell(world.idOf(name));
    world.bed.faults.remove(fault);
    expect(world.isClosed(name)).toBe(false);
  }
  await world.tell(world.idOf(name));
  await world.passes(25 * hourMs);
}

it.each(some(hostileGroups, tables, 1))('a group of the name %s', async (group) => {
  await guard([]);
  const inGroup = (body: { id: string }) => ({ ...body, id: body.id.replace('rg-models', group) });
  const opened = inGroup(account(world.subscription, 'weights', { minimumTlsVersion: 'TLS1_0' }));
  const asked = inGroup(account(world.subscription, 'asked', { publicNetworkAccess: 'Enabled' }));
  for (const body of [opened, asked]) {
    world.becomes(body);
    world.becomes(blobService(body.id));
    await arrives(eventOn(body.id, ''));
  }
  expect(world.propertiesOf(opened.id).minimumTlsVersion).toBe('TLS1_2');
  expect(await world.holds()).toMatchObject({ 'asked storage-account-public-network-access': 'not-offered' });
  await expectClean(await outputsOf(world), undefined);
});

it.each(some(hostileNames, tables, 2).filter(([, text]) => text !== ''))(
  'a manager of the name %s',
  async (_, text, secret) => {
    await guard(['weights']);
    const managers = [
      text,
      `/subscriptions/${world.subscription}/resourceGroups/x/providers/Some.One/bars/${text}`,
    ];
    for (const managedBy of managers) {
      world.becomes({
        id: `/subscriptions/${world.subscription}/resourceGroups/rg-models`,
        name: 'rg-models',
        type: 'Microsoft.Resources/resourceGroups',
        location: 'westeurope',
        managedBy,
      } as never);
      world.clock.advance(hourMs);
      await world.opens('weights');
      expect(await world.holds()).toEqual({ 'weights storage-account-min-tls': 'awaiting-decision' });
    }
    await expectClean(await outputsOf(world), secret);
  },
);

it.each(some(hostileNames, tables, 3))('an exemption in the words of %s', async (_, text, secret) => {
  log = [];
  const exemption = {
    name: 'until-the-move',
    scope: '*',
    control: 'storage-account-https-only',
    owner: text,
    reason: text,
    ticket: text,
    created: world.clock.now().toISOString().slice(0, 10),
    expires: new Date(world.clock.now().getTime() + 30 * 24 * hourMs).toISOString().slice(0, 10),
  };
  const document = JSON.stringify({ format: 1, exemptions: [exemption] });
  const { accepted } = readPolicy(document, { controls: controlFacts(catalogue), now: world.clock.now() });
  const policy = accepted?.policy ?? defaultPolicy;
  await world.guard(['weights'], { logger: createLogger((__, line) => log.push(line)), policy });
  await world.opens('weights', { minimumTlsVersion: 'TLS1_0', supportsHttpsTrafficOnly: false });
  expect(world.isClosed('weights')).toBe(true);
  expect(await world.holds()).toEqual(
    accepted === undefined ? {} : { 'weights storage-account-https-only': 'exempt' },
  );
  await expectClean(await outputsOf(world), secret);
});
