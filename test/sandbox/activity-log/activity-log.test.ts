import { MonitorClient } from '@azure/arm-monitor';
import type { EventData } from '@azure/arm-monitor';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Principal } from '../../../sandbox/identity/principals.ts';
import { accountId, groupId, startWorld, subscriptionId } from '../arm/world.ts';
import type { World } from '../arm/world.ts';

const values = `/subscriptions/${subscriptionId}/providers/Microsoft.Insights/eventtypes/management/values`;
const always = "eventTimestamp ge '2020-01-01T00:00:00Z' and eventTimestamp le '2100-01-01T00:00:00Z'";
const lockId = `${accountId}/providers/Microsoft.Authorization/locks/keep`;
let world: World;
let reader: Principal;
let ada: Principal;

beforeAll(async () => {
  world = await startWorld({ latency: { creation: 0 } });
  reader = world.addPrincipal(
    'reader',
    ['Microsoft.Insights/eventtypes/values/Read'],
    `/subscriptions/${subscriptionId}`,
  );
  ada = world.azure.principals.add({
    objectId: crypto.randomUUID(),
    clientId: crypto.randomUUID(),
    displayName: 'Ada',
    kind: 'User',
    upn: 'ada@example.com',
  });
  world.azure.arm.roles.assign({ principalObjectId: ada.objectId, role: 'Owner', scope: '/' });
  world.azure.arm.state.load({ id: accountId, name: 'weights01', location: 'westeurope', properties: {} });
  await world.call(
    'PUT',
    lockId,
    { properties: { level: 'CanNotDelete' } },
    {
      as: ada,
      apiVersion: '2020-05-01',
      headers: { 'x-ms-correlation-request-id': 'c0ffee00-0000-0000-0000-000000000000' },
    },
  );
  await world.call('DELETE', lockId, undefined, { as: ada, apiVersion: '2020-05-01' });
  await world.call('POST', `${accountId}/listKeys`);
  await world.call('PATCH', accountId, { properties: { minimumTlsVersion: 'TLS9' } });
});
afterAll(() => world.azure.stop());
beforeEach(() => {
  world.azure.arm.activityLog.delayMs = 0;
  world.azure.arm.paging.pageSize = undefined;
});

async function list(filter: string, select?: string): Promise<EventData[]> {
  const client = new MonitorClient(
    {
      getToken: async () => ({
        token: await world.tokenOf(reader),
        expiresOnTimestamp: Date.now() + 3_600_000,
      }),
    },
    subscriptionId,
    { endpoint: world.azure.armUrl, credentials: { scopes: ['https://management.azure.com/.default'] } },
  );
  const events: EventData[] = [];
  for await (const event of client.activityLogs.list(filter, select === undefined ? {} : { select })) {
    events.push(event);
  }
  return events;
}

const summary = (events: EventData[]) =>
  events.map(({ operationName, status }) => `${operationName?.value} ${status?.value}`);

test('every write, delete and action is told, newest first, as begun and ended', async () => {
  expect(summary(await list(always))).toEqual([
    'Microsoft.Storage/storageAccounts/write Failed',
    'Microsoft.Storage/storageAccounts/write Started',
    'Microsoft.Storage/storageAccounts/listKeys/action Succeeded',
    'Microsoft.Storage/storageAccounts/listKeys/action Started',
    'Microsoft.Authorization/locks/delete Succeeded',
    'Microsoft.Authorization/locks/delete Started',
    'Microsoft.Authorization/locks/write Succeeded',
    'Microsoft.Authorization/locks/write Started',
  ]);
});

test('a row says who, what, where and under which right', async () => {
  const [event] = await list(`${always} and correlationId eq 'C0FFEE00-0000-0000-0000-000000000000'`);
  expect(event).toMatchObject({
    caller: 'ada@example.com',
    correlationId: 'c0ffee00-0000-0000-0000-000000000000',
    authorization: { action: 'Microsoft.Authorization/locks/write', role: 'Owner', scope: lockId },
    claims: {
      appid: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
      name: 'Ada',
      'http://schemas.microsoft.com/identity/claims/objectidentifier': ada.objectId,
      'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': 'ada@example.com',
    },
    resourceId: lockId,
    resourceGroupName: 'models',
    resourceType: { value: 'Microsoft.Authorization/locks' },
    httpRequest: { method: 'PUT', clientIpAddress: '127.0.0.1' },
    subscriptionId,
  });
  expect(Math.abs(event!.eventTimestamp!.getTime() - Date.now())).toBeLessThan(600_000);
});

test.each([
  [`resourceUri eq '${accountId.toUpperCase()}'`, 4],
  [`resourceUri eq '${lockId}'`, 4],
  ["resourceGroupName eq 'MODELS'", 8],
  ["resourceGroupName eq 'other'", 0],
  ["resourceProvider eq 'Microsoft.Authorization'", 4],
  [`resourceId eq '${lockId}'`, 4],
  ['eventTimestamp le 2100-01-01', 8],
])('%s', async (clause, count) => {
  expect(await list(`${always} and ${clause}`)).toHaveLength(count);
});

test('times bound what is told', async () => {
  expect(await list("eventTimestamp ge '2100-01-01T00:00:00Z'")).toEqual([]);
  expect(await list("eventTimestamp ge '2020-01-01' and eventTimestamp le '2020-01-02'")).toEqual([]);
  // As the Azure CLI writes them: without quotes and without a zone, which means UTC.
  const bare = (offset: number) => new Date(Date.now() + offset).toISOString().replace('Z', '685');
  const around = (from: number, to: number) =>
    `eventTimestamp ge ${bare(from)} and eventTimestamp le ${bare(to)}`;
  expect(await list(around(-600_000, 60_000))).toHaveLength(8);
  expect(await list(around(-7_200_000, -600_000))).toEqual([]);
  expect(await list(around(60_000, 7_200_000))).toEqual([]);
});

test('only what is selected comes', async () => {
  const { body } = await world.call(
    'GET',
    `${values}?$filter=${encodeURIComponent(always)}&$select=caller,correlationId`,
    undefined,
    { apiVersion: '2015-04-01' },
  );
  expect(Object.keys((body.value as object[])[0]!).toSorted()).toEqual(['caller', 'correlationId']);
});

test('pages give each row once, whatever is written meanwhile', async () => {
  const all = await list(always);
  world.azure.arm.paging.pageSize = 3;
  const query = `?$filter=${encodeURIComponent(always)}&api-version=2015-04-01`;
  const ids: unknown[] = [];
  let next: string | undefined = `${values}${query}`;
  for (let page = 0; next !== undefined && page < 10; page += 1) {
    const { body }: { body: Readonly<Record<string, unknown>> } = await world.call('GET', next);
    ids.push(...(body.value as { eventDataId: string }[]).map(({ eventDataId }) => eventDataId));
    next = body.nextLink as string | undefined;
    await world.call('POST', `${accountId}/listKeys`);
  }
  expect(ids).toEqual(all.map(({ eventDataId }) => eventDataId));
});

test('an operation shows when its delay has passed', async () => {
  const group = `${groupId}-late`;
  world.azure.arm.activityLog.delayMs = 3_600_000;
  await world.call('PUT', group, { location: 'westeurope' }, { apiVersion: '2022-09-01' });
  world.azure.arm.activityLog.delayMs = 0;
  expect(await list(`${always} and resourceGroupName eq 'models-late'`)).toEqual([]);
  await world.call('DELETE', group, undefined, { apiVersion: '2022-09-01' });
  expect(await list(`${always} and resourceGroupName eq 'models-late'`)).toHaveLength(2);
});

test('without the right, a filter or a subscription it is refused', async () => {
  const get = (query: string, as?: Principal, path = values) =>
    world.call('GET', `${path}?$filter=${encodeURIComponent(query)}`, undefined, {
      apiVersion: '2015-04-01',
      ...(as === undefined ? {} : { as }),
    });
  const refused = await get(always, world.addPrincipal('nobody', ['Microsoft.Storage/*']));
  expect([refused.status, refused.error.code]).toEqual([403, 'AuthorizationFailed']);
  expect(refused.error.message).toContain('Microsoft.Insights/eventtypes/values/read');
  expect((await get('')).status).toBe(400);
  expect((await get("resourceUri eq 'x'")).status).toBe(400);
  expect((await get(`${always} and caller eq 'ada'`)).status).toBe(400);
  expect((await get("eventTimestamp ge 'soon'")).status).toBe(400);
  expect((await get(`${always} or ${always}`)).status).toBe(400);
  const absent = values.replace(subscriptionId, '00000000-0000-0000-0000-00000000dead');
  expect((await get(always, undefined, absent)).status).toBe(404);
});
