import { ResourceGraphClient } from '@azure/arm-resourcegraph';
import type { QueryRequestOptions, QueryResponse } from '@azure/arm-resourcegraph';
import type { TokenCredential } from '@azure/identity';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Principal } from '../../../sandbox/identity/principals.ts';
import { accountId, startWorld, subscriptionId } from '../arm/world.ts';
import type { World } from '../arm/world.ts';

const otherId = '00000000-1111-2222-3333-444444444444';
const path = '/providers/Microsoft.ResourceGraph/resources';
type Answer = Omit<QueryResponse, 'data'> & { readonly data: unknown };

let world: World;
let reader: Principal;

beforeAll(async () => {
  world = await startWorld();
  const { state, throttle } = world.azure.arm;
  throttle.limits = { ...throttle.limits, isEnabled: false };
  reader = world.addPrincipal('reader', ['*/read'], `/subscriptions/${subscriptionId}`);
  state.addSubscription(otherId, 'Other');
  state.load({
    id: accountId,
    name: 'weights01',
    location: 'West Europe',
    kind: 'StorageV2',
    sku: { name: 'Standard_LRS' },
    tags: { env: 'prod' },
    properties: { allowBlobPublicAccess: true },
  });
  state.load({
    id: `${accountId}/blobServices/default/containers/sets`,
    name: 'sets',
    properties: { publicAccess: 'Blob' },
  });
  state.load({
    id: `${accountId}/providers/Microsoft.Authorization/locks/keep`,
    name: 'keep',
    properties: { level: 'CanNotDelete' },
  });
  for (let n = 0; n < 7; n += 1) {
    const id = `/subscriptions/${otherId}/resourceGroups/More/providers/Microsoft.Storage/storageAccounts/more${n}`;
    state.load({ id, name: `more${n}`, properties: { n } });
  }
});
afterAll(() => world.azure.stop());
afterEach(() => {
  world.azure.arm.resourceGraph.delayMs = 0;
  world.azure.faults.clear();
});

function clientOf(principal: Principal): ResourceGraphClient {
  const credential: TokenCredential = {
    getToken: async () => ({
      token: await world.tokenOf(principal),
      expiresOnTimestamp: Date.now() + 3_600_000,
    }),
  };
  return new ResourceGraphClient(credential, {
    endpoint: world.azure.armUrl,
    credentials: { scopes: ['https://management.azure.com/.default'] },
    retryOptions: { maxRetries: 0 },
  });
}

async function ask(
  query: string,
  options: QueryRequestOptions = {},
  subscriptions?: string[],
  as = world.azure.operator,
): Promise<Answer> {
  return clientOf(as).resources({
    query,
    options,
    ...(subscriptions === undefined ? {} : { subscriptions }),
  });
}

const names = ({ data }: Answer) => (data as { name: string }[]).map(({ name }) => name);

test('a row has the columns of Azure, in its spelling, and children are not there', async () => {
  const answer = await ask('resources', {}, [subscriptionId]);
  expect(answer).toMatchObject({ totalRecords: 1, count: 1, resultTruncated: 'false', facets: [] });
  expect(answer.skipToken).toBeUndefined();
  expect(answer.data).toEqual([
    {
      id: accountId,
      name: 'weights01',
      type: 'microsoft.storage/storageaccounts',
      tenantId: world.azure.tenantId,
      kind: 'StorageV2',
      location: 'westeurope',
      resourceGroup: 'models',
      subscriptionId,
      managedBy: '',
      sku: { name: 'Standard_LRS' },
      plan: null,
      properties: { allowBlobPublicAccess: true },
      tags: { env: 'prod' },
      identity: null,
      zones: null,
      extendedLocation: null,
      apiVersion: '',
    },
  ]);
});

test('subscriptions and groups are containers', async () => {
  const { data } = await ask(
    'ResourceContainers | where subscriptionId =~ "' +
      otherId +
      '" | project name, type, resourceGroup | order by type asc',
  );
  expect(data).toEqual([
    { name: 'Other', type: 'microsoft.resources/subscriptions', resourceGroup: '' },
    { name: 'More', type: 'microsoft.resources/subscriptions/resourcegroups', resourceGroup: 'more' },
  ]);
});

test('a table says the types of its columns', async () => {
  const { data } = await ask(
    "where name == 'weights01' | project id, open = tobool(properties.allowBlobPublicAccess), tags, t = now(), n = 1, r = 1.5",
    { resultFormat: 'table' },
  );
  expect(data).toMatchObject({
    columns: [
      { name: 'id', type: 'string' },
      { name: 'open', type: 'boolean' },
      { name: 'tags', type: 'object' },
      { name: 't', type: 'datetime' },
      { name: 'n', type: 'integer' },
      { name: 'r', type: 'number' },
    ],
    rows: [[accountId, true, { env: 'prod' }, expect.stringMatching(/0000Z$/) as string, 1, 1.5]],
  });
});

test('old versions gave tables where no format was asked for', async () => {
  const body = { query: 'project id | limit 1' };
  const old = await world.call('POST', path, body, { apiVersion: '2020-04-01-preview' });
  expect(old.body.data).toHaveProperty('columns');
  expect((await world.call('POST', path, body, { apiVersion: '2021-03-01' })).body.data).toBeInstanceOf(
    Array,
  );
  expect((await world.call('POST', path, body, { apiVersion: '2020-01-01' })).error.code).toBe(
    'InvalidApiVersionParameter',
  );
});

test('pages give each row once, and a token belongs to its query', async () => {
  const query = 'resources | project id, name | order by id asc';
  const seen: string[] = [];
  let skipToken: string | undefined;
  let pages = 0;
  do {
    const page = await ask(query, { top: 3, ...(skipToken === undefined ? {} : { skipToken }) });
    expect(page).toMatchObject({ totalRecords: 8, resultTruncated: 'false' });
    seen.push(...names(page));
    skipToken = page.skipToken;
    pages += 1;
  } while (skipToken !== undefined && pages < 10);
  expect([pages, seen.toSorted()]).toEqual([
    3,
    ['more0', 'more1', 'more2', 'more3', 'more4', 'more5', 'more6', 'weights01'],
  ]);

  const first = await ask(query, { top: 3 });
  await expect(ask('resources | project id', { skipToken: first.skipToken! })).rejects.toMatchObject({
    statusCode: 400,
  });
  await expect(ask(query, { skipToken: 'nonsense' })).rejects.toMatchObject({ statusCode: 400 });
  expect(names(await ask(query, { top: 2, skip: 6 }))).toEqual(['more6', 'weights01']);
});

test.each([
  ['no id', 'resources | project name | order by name asc'],
  ['a limit in the query', 'resources | project id, name | take 5'],
])('with %s there is no token, and the answer says that it was cut', async (_, query) => {
  const page = await ask(query, { top: 2 });
  expect(page).toMatchObject({ count: 2, resultTruncated: 'true' });
  expect(page.skipToken).toBeUndefined();
});

test('rows and subscriptions without a right are silently missing', async () => {
  expect(names(await ask('resources', {}, [subscriptionId, otherId], reader))).toEqual(['weights01']);
  expect(names(await ask('resources', {}, undefined, reader))).toEqual(['weights01']);
  const network = world.addPrincipal(
    'network',
    ['Microsoft.Network/*/read'],
    `/subscriptions/${subscriptionId}`,
  );
  expect(names(await ask('resources', {}, [subscriptionId], network))).toEqual([]);
  const one = world.addPrincipal('one', ['*/read'], `/subscriptions/${otherId}/resourceGroups/more`);
  expect((await ask('resources', {}, [otherId], one)).count).toBe(7);
  expect((await ask('resourcecontainers', {}, [otherId], one)).count).toBe(1);
  const giveBack = world.azure.arm.roles.withhold('reader role', 'Microsoft.Storage/storageAccounts/read');
  expect((await ask('resources', {}, [subscriptionId], reader)).count).toBe(0);
  giveBack();
});

test('where nothing is readable: 403 for named subscriptions, 400 for all', async () => {
  await expect(ask('resources', {}, [otherId], reader)).rejects.toMatchObject({
    statusCode: 403,
    code: 'AccessDenied',
  });
  await expect(ask('resources', {}, undefined, world.addPrincipal('nobody'))).rejects.toMatchObject({
    statusCode: 400,
    code: 'BadRequest',
    details: { error: { details: [{ code: 'NoValidSubscriptionsInQueryRequest' }] } },
  });
});

test('a query that is not understood is refused with its place', async () => {
  const { status, error } = await world.call(
    'POST',
    path,
    { query: 'resources\n| join x' },
    { apiVersion: '2024-04-01' },
  );
  expect([status, error]).toMatchObject([
    400,
    {
      code: 'BadRequest',
      details: [
        { code: 'InvalidQuery' },
        {
          code: 'NotModelled',
          message: expect.stringContaining('"join"') as string,
          line: 2,
          characterPositionInLine: 2,
          token: 'join',
        },
      ],
    },
  ]);
  expect(
    (
      await world.call(
        'POST',
        path,
        { query: 'resources', managementGroups: ['a'] },
        { apiVersion: '2024-04-01' },
      )
    ).status,
  ).toBe(400);
  expect(
    (
      await world.call(
        'POST',
        path,
        { query: 'resources', options: { $top: 1_001 } },
        { apiVersion: '2024-04-01' },
      )
    ).status,
  ).toBe(400);
});

test('a principal has 15 calls in 5 seconds, and is told what is left', async () => {
  const { throttle } = world.azure.arm;
  const busy = world.addPrincipal('busy', ['*/read']);
  throttle.limits = { ...throttle.limits, isEnabled: true };
  throttle.reset();
  const call = () =>
    world.call('POST', path, { query: 'resources | count' }, { as: busy, apiVersion: '2024-04-01' });
  const left: unknown[] = [];
  for (let n = 0; n < 15; n += 1) {
    left.push((await call()).headers.get('x-ms-user-quota-remaining'));
  }
  expect([left[0], left[14]]).toEqual(['14', '0']);
  const refused = await call();
  expect([refused.status, refused.error.code]).toEqual([429, 'RateLimiting']);
  expect(refused.headers.get('x-ms-user-quota-resets-after')).toMatch(/^00:00:0[1-5]$/);
  expect(refused.headers.get('retry-after')).toMatch(/^[1-5]$/);
  expect(
    (await world.call('POST', path, { query: 'resources | count' }, { apiVersion: '2024-04-01' })).status,
  ).toBe(200);
  throttle.limits = { ...throttle.limits, isEnabled: false };
});

test('calls are counted, and faults are played', async () => {
  world.azure.accounting.reset();
  await ask('resources | count', {}, undefined, reader);
  expect(world.azure.accounting.counts({ caller: 'reader' })).toEqual({
    'Microsoft.ResourceGraph/resources/read': 1,
  });
  world.azure.faults.add({
    target: 'arm',
    urlPattern: 'Microsoft.ResourceGraph',
    effect: { kind: 'status', status: 503 },
  });
  await expect(ask('resources')).rejects.toMatchObject({ statusCode: 503 });
});
