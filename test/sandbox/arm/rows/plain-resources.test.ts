import { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { ResourceManagementClient } from '@azure/arm-resources';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountId, groupId, startWorld, subscriptionId } from '../world.ts';
import type { World } from '../world.ts';

const workspaceId = `${groupId}/providers/Microsoft.Databricks/workspaces/notebooks`;
const topicId = `${groupId}/providers/Microsoft.EventGrid/systemTopics/all`;
let world: World;
let client: ResourceManagementClient;
let graph: ResourceGraphClient;

beforeAll(async () => {
  world = await startWorld();
  const credential = {
    getToken: async () => ({
      token: await world.tokenOf(world.azure.operator),
      expiresOnTimestamp: Date.now() + 3_600_000,
    }),
  };
  const options = {
    endpoint: world.azure.armUrl,
    credentials: { scopes: ['https://management.azure.com/.default'] },
  };
  client = new ResourceManagementClient(credential, subscriptionId, options);
  graph = new ResourceGraphClient(credential, options);
  world.azure.arm.state.load({ id: accountId, name: 'weights01', location: 'westeurope', properties: {} });
});
afterAll(() => world.azure.stop());

async function rowsOf(query: string): Promise<unknown> {
  return (await graph.resources({ query, subscriptions: [subscriptionId] })).data as unknown;
}

test('groups keep who manages them, and are listed over their pages', async () => {
  await client.resourceGroups.createOrUpdate('managed', { location: 'westeurope', managedBy: workspaceId });
  expect(await client.resourceGroups.get('managed')).toMatchObject({ managedBy: workspaceId });
  const names: unknown[] = [];
  world.azure.arm.paging.pageSize = 1;
  for await (const { name, managedBy } of client.resourceGroups.list()) {
    names.push([name, managedBy]);
  }
  world.azure.arm.paging.pageSize = undefined;
  expect(names).toEqual([
    ['models', undefined],
    ['managed', workspaceId],
  ]);
  expect(await rowsOf(`resourcecontainers | where managedBy =~ '${workspaceId}' | project name`)).toEqual([
    { name: 'managed' },
  ]);
});

test.each([
  ['Microsoft.Databricks/workspaces', '2024-05-01'],
  ['Microsoft.ContainerService/managedClusters', '2024-05-01'],
  ['Microsoft.EventGrid/systemTopics', '2022-06-15'],
])('%s are put, found by id, listed, shown in Resource Graph and deleted', async (type, apiVersion) => {
  const id = `${groupId}/providers/${type}/one`;
  expect((await world.call('PUT', id, { properties: {} }, { apiVersion })).error.code).toBe(
    'LocationRequired',
  );
  const body = { location: 'West Europe', tags: { a: 'b' }, properties: { source: 'x' } };
  expect((await world.call('PUT', id, body, { apiVersion })).status).toBe(201);
  expect((await client.resources.checkExistenceById(id, apiVersion)).body).toBe(true);
  expect(await client.resources.getById(id, apiVersion)).toMatchObject({
    name: 'one',
    type,
    location: 'westeurope',
    tags: { a: 'b' },
    properties: { source: 'x', provisioningState: 'Succeeded' },
  });
  const list = await world.call('GET', `/subscriptions/${subscriptionId}/providers/${type}`, undefined, {
    apiVersion,
  });
  expect(list.body.value).toMatchObject([{ id }]);
  expect(await rowsOf(`where type =~ '${type}' | project id`)).toEqual([{ id }]);
  expect((await world.call('DELETE', id, undefined, { apiVersion })).status).toBe(200);
  expect((await client.resources.checkExistenceById(id, apiVersion)).body).toBe(false);
  expect(await rowsOf(`where type =~ '${type}' | count`)).toEqual([{ Count: 0 }]);
});

test('event subscriptions lie under their topic and are no rows of Resource Graph', async () => {
  const options = { apiVersion: '2022-06-15' };
  const id = `${topicId}/eventSubscriptions/hook`;
  expect((await world.call('PUT', id, { properties: {} }, options)).error.code).toBe(
    'ParentResourceNotFound',
  );
  await world.call('PUT', topicId, { location: 'global', properties: {} }, options);
  expect((await world.call('PUT', id, { properties: { filter: {} } }, options)).status).toBe(201);
  const { body } = await world.call('GET', `${topicId}/eventSubscriptions`, undefined, options);
  expect(body.value).toMatchObject([{ id, name: 'hook', properties: { filter: {} } }]);
  expect(await rowsOf("where type contains 'eventgrid' | project name")).toEqual([{ name: 'all' }]);
});

test('exemptions lie on subscriptions, groups and resources, and are rows of policyresources', async () => {
  const options = { apiVersion: '2022-07-01-preview' };
  const scopes = [`/subscriptions/${subscriptionId}`, groupId, accountId];
  const idOn = (scope: string) => `${scope}/providers/Microsoft.Authorization/policyExemptions/waived`;
  const properties = { policyAssignmentId: '/assignment', exemptionCategory: 'Waiver' };
  for (const scope of scopes) {
    expect((await world.call('PUT', idOn(scope), { properties: {} }, options)).status).toBe(400);
    expect((await world.call('PUT', idOn(scope), { properties }, options)).status).toBe(201);
    expect((await world.call('GET', idOn(scope), undefined, options)).body.properties).toEqual(properties);
  }
  const list = await world.call(
    'GET',
    `${groupId}/providers/Microsoft.Authorization/policyExemptions`,
    undefined,
    options,
  );
  expect(list.body.value).toMatchObject([{ id: idOn(groupId) }, { id: idOn(accountId) }]);
  const query =
    "policyresources | where type == 'microsoft.authorization/policyexemptions' and properties.exemptionCategory =~ 'waiver' | project id | order by strlen(id) asc";
  expect(await rowsOf(query)).toEqual(scopes.map((scope) => ({ id: idOn(scope) })));
  await world.call('DELETE', idOn(groupId), undefined, options);
  expect(await rowsOf(query)).toEqual(
    [accountId, scopes[0]!]
      .map((scope) => ({ id: idOn(scope) }))
      .toSorted((a, b) => a.id.length - b.id.length),
  );
});
