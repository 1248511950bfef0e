import { AuthorizationManagementClient } from '@azure/arm-authorization';
import { ResourceManagementClient } from '@azure/arm-resources';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Operation } from '../../../sandbox/operation.ts';
import { accountId, fixture, groupId, startWorld, subscriptionId } from './world.ts';
import type { World } from './world.ts';

const subscription = `/subscriptions/${subscriptionId}`;
const topicId = `${subscription}/resourceGroups/events/providers/Microsoft.EventGrid/systemTopics/all`;
const apiVersion = '2021-04-01';

let world: World;
let resources: ResourceManagementClient;
let access: AuthorizationManagementClient;
let told: Operation[] = [];

beforeAll(async () => {
  world = await startWorld();
  const { throttle } = world.azure.arm;
  throttle.limits = { ...throttle.limits, isEnabled: false };
  world.azure.arm.onOperation((operation) => told.push(operation));
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
  resources = new ResourceManagementClient(credential, subscriptionId, options);
  access = new AuthorizationManagementClient(credential, subscriptionId, options);
});
afterAll(() => world.azure.stop());
beforeEach(() => {
  const { state } = world.azure.arm;
  state.clear();
  state.addSubscription(subscriptionId, 'Research');
  state.addGroup(subscriptionId, 'models');
  state.addGroup(subscriptionId, 'events');
  state.load({
    ...fixture('storage-accounts')[1]?.body,
    id: accountId,
    name: 'weights01',
    location: 'westeurope',
    tags: { owner: 'ada' },
  });
  state.load({
    id: topicId,
    name: 'all',
    type: 'Microsoft.EventGrid/systemTopics',
    location: 'global',
    tags: { owner: 'grace' },
    properties: {},
  });
  state.load({ id: `${accountId}/blobServices/default/containers/runs`, name: 'runs', properties: {} });
  told = [];
});

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of pages) {
    found.push(item);
  }
  return found;
}

describe('resource providers', () => {
  test('tell versions and places of every type that the sandbox has', async () => {
    const found = await all(resources.providers.list());
    const storage = found.find(({ namespace }) => namespace === 'Microsoft.Storage');
    expect(storage).toMatchObject({ registrationState: 'Registered' });
    const accounts = storage?.resourceTypes?.find(({ resourceType }) => resourceType === 'storageAccounts');
    expect(accounts?.locations).toContain('West Europe');
    for (const { namespace, resourceTypes = [] } of found) {
      for (const { resourceType, apiVersions = [] } of resourceTypes) {
        expect(apiVersions, `${namespace}/${resourceType}`).toEqual(apiVersions.toSorted().toReversed());
        expect(apiVersions.length).toBeGreaterThan(0);
      }
    }
    expect(await resources.providers.get('microsoft.storage')).toEqual(storage);
  });

  test('one that a subscription has unregistered refuses writes until it is back', async () => {
    expect((await resources.providers.unregister('Microsoft.Storage')).registrationState).toBe(
      'NotRegistered',
    );
    const { status, error } = await world.call('PATCH', accountId, { tags: {} });
    expect([status, error.code]).toEqual([409, 'MissingSubscriptionRegistration']);
    expect(error.message).toContain("not registered to use namespace 'Microsoft.Storage'");
    expect((await world.call('GET', accountId)).status).toBe(200);
    expect((await resources.providers.register('Microsoft.Storage')).registrationState).toBe('Registered');
    expect((await world.call('PATCH', accountId, { tags: {} })).status).toBe(200);
  });

  test.each([
    [
      `${subscription}/providers/Microsoft.Fake`,
      404,
      'InvalidResourceNamespace',
      "'Microsoft.Fake' is invalid",
    ],
    [`${subscription}/providers/Microsoft.Compute`, 501, 'NotModelled', "'Microsoft.Compute'"],
    [
      `${groupId}/providers/Microsoft.Fake/things/one`,
      404,
      'InvalidResourceNamespace',
      "'Microsoft.Fake' is invalid",
    ],
    [
      `${groupId}/providers/Microsoft.Network/networkSecurityGroups/one`,
      501,
      'NotModelled',
      "'Microsoft.Network'",
    ],
    [
      `${groupId}/providers/Microsoft.Storage/nothings/one`,
      404,
      'InvalidResourceType',
      "in the namespace 'Microsoft.Storage'",
    ],
    [`${accountId}/inventoryPolicies/default`, 501, 'NotModelled', 'inventoryPolicies'],
    ['/providers/Microsoft.Management/managementGroups/top', 501, 'NotModelled', "'Microsoft.Management'"],
    [`${groupId}/providers/Microsoft.Resources/deployments/one`, 501, 'NotModelled', 'deployments'],
  ])('GET %s: %i %s', async (path, status, code, words) => {
    const answer = await world.call('GET', path, undefined, { apiVersion });
    expect([answer.status, answer.error.code]).toEqual([status, code]);
    expect(answer.error.message).toContain(words);
  });

  test('an action that the sandbox does not have is said to be that', async () => {
    const { status, error } = await world.call('POST', `${accountId}/failover`);
    expect([status, error.code]).toEqual([501, 'NotModelled']);
    expect((await world.call('POST', `${accountId}/dance`)).error.code).toBe('InvalidResourceType');
  });
});

describe('resources of all types', () => {
  test.each([
    [undefined, ['weights01', 'all']],
    ["resourceType eq 'microsoft.storage/STORAGEACCOUNTS'", ['weights01']],
    ["resourceGroup eq 'events'", ['all']],
    ["location eq 'westeurope'", ['weights01']],
    ["name eq 'all' and resourceType eq 'Microsoft.EventGrid/systemTopics'", ['all']],
    ["tagName eq 'owner'", ['weights01', 'all']],
    ["tagname eq 'owner' and tagvalue eq 'grace'", ['all']],
    ["substringof('eight', name)", ['weights01']],
    ["resourceType ne 'Microsoft.EventGrid/systemTopics'", ['weights01']],
  ])('are listed by %j', async (filter, names) => {
    const found = await all(resources.resources.list(filter === undefined ? {} : { filter }));
    expect(found.map(({ name }) => name)).toEqual(names);
  });

  test('are listed with their times and states when asked to', async () => {
    const before = Date.now();
    await world.call('PATCH', accountId, { tags: { owner: 'grace' } });
    const expand = 'createdTime,changedTime,provisioningState';
    const [account] = await all(resources.resources.listByResourceGroup('models', { expand }));
    expect(account).toMatchObject({
      id: accountId,
      type: 'Microsoft.Storage/storageAccounts',
      provisioningState: 'Succeeded',
    });
    expect(account?.changedTime?.getTime()).toBeGreaterThanOrEqual(before);
    expect(account?.createdTime?.getTime()).toBeLessThanOrEqual(account?.changedTime?.getTime() ?? 0);
    expect(account).not.toHaveProperty('properties.provisioningState');
  });

  test('come in pages, and show only what the caller may read', async () => {
    world.azure.arm.paging.pageSize = 1;
    expect(await all(resources.resources.list())).toHaveLength(2);
    world.azure.arm.paging.pageSize = undefined;
    const reader = world.addPrincipal('reader', ['Microsoft.Storage/storageAccounts/read'], groupId);
    const seen = await world.call('GET', `${subscription}/resources`, undefined, { apiVersion, as: reader });
    expect(seen.body.value).toMatchObject([{ name: 'weights01' }]);
    const nobody = world.addPrincipal('nobody');
    expect(
      (await world.call('GET', `${subscription}/resources`, undefined, { apiVersion, as: nobody })).status,
    ).toBe(403);
    expect(
      (await world.call('GET', `${subscription}/resourceGroups/no/resources`, undefined, { apiVersion }))
        .error.code,
    ).toBe('ResourceGroupNotFound');
  });

  test('the places of a subscription are told', async () => {
    const { body } = await world.call('GET', `${subscription}/locations`, undefined, {
      apiVersion: '2022-12-01',
    });
    expect(body.value).toContainEqual(
      expect.objectContaining({
        id: `${subscription}/locations/westeurope`,
        displayName: 'West Europe',
        metadata: expect.objectContaining({ geographyGroup: 'Europe', regionType: 'Physical' }) as unknown,
      }),
    );
  });
});

describe('tags', () => {
  test.each([
    ['Merge', { stage: 'prod' }, { owner: 'ada', stage: 'prod' }],
    ['Replace', { stage: 'prod' }, { stage: 'prod' }],
    ['Delete', { owner: 'ada' }, {}],
    ['Delete', { owner: 'grace' }, { owner: 'ada' }],
  ] as const)('PATCH %s %j', async (operation, asked, tags) => {
    const { properties } = await resources.tagsOperations.updateAtScope(accountId, {
      operation,
      properties: { tags: asked },
    });
    expect(properties.tags).toEqual(tags);
    expect((await resources.tagsOperations.getAtScope(accountId)).properties.tags).toEqual(tags);
    expect(world.azure.arm.state.get(accountId)?.tags).toEqual(tags);
    expect(told).toMatchObject([
      {
        operationName: 'Microsoft.Resources/tags/write',
        outcome: 'Success',
        resourceId: `${accountId}/providers/Microsoft.Resources/tags/default`,
      },
    ]);
  });

  test('are put and deleted, on groups and subscriptions too', async () => {
    for (const scope of [groupId, subscription]) {
      await resources.tagsOperations.createOrUpdateAtScope(scope, { properties: { tags: { a: 'b' } } });
      expect(world.azure.arm.state.get(scope)?.tags).toEqual({ a: 'b' });
      await resources.tagsOperations.deleteAtScope(scope);
      expect(world.azure.arm.state.get(scope)?.tags).toEqual({});
    }
  });

  test('need a right of their own and a resource, and are held by locks', async () => {
    const path = `${accountId}/providers/Microsoft.Resources/tags/default`;
    const request = { properties: { tags: {} } };
    const writer = world.addPrincipal('account writer', ['Microsoft.Storage/*']);
    const tagger = world.addPrincipal('tagger', ['Microsoft.Resources/tags/write']);
    expect((await world.call('PUT', path, request, { apiVersion, as: writer })).status).toBe(403);
    expect((await world.call('PUT', path, request, { apiVersion, as: tagger })).status).toBe(200);
    expect(
      (await world.call('PUT', path.replace('weights01', 'none'), request, { apiVersion })).error.code,
    ).toBe('ResourceNotFound');
    expect((await world.call('PUT', path, { properties: { tags: { a: 1 } } }, { apiVersion })).status).toBe(
      400,
    );
    await world.call(
      'PUT',
      `${accountId}/providers/Microsoft.Authorization/locks/hold`,
      { properties: { level: 'ReadOnly' } },
      { apiVersion: '2020-05-01' },
    );
    expect((await world.call('PUT', path, request, { apiVersion })).error.code).toBe('ScopeLocked');
  });
});

describe('roles', () => {
  const reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
  const definitionOf = (role: string) =>
    `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
  const statusFor = async (principal: ReturnType<World['addPrincipal']>) =>
    (await world.call('GET', accountId, undefined, { as: principal })).status;

  test('an assignment allows at once, and forbids at once when it is taken back', async () => {
    const principal = world.addPrincipal('somebody');
    const name = crypto.randomUUID();
    expect(await statusFor(principal)).toBe(403);
    const made = await access.roleAssignments.create(groupId, name, {
      roleDefinitionId: definitionOf(reader),
      principalId: principal.objectId,
    });
    expect(made).toMatchObject({
      id: `${groupId}/providers/Microsoft.Authorization/roleAssignments/${name}`,
      scope: groupId,
      principalType: 'ServicePrincipal',
      createdBy: world.azure.operator.objectId,
    });
    expect(await statusFor(principal)).toBe(200);
    expect(await access.roleAssignments.get(groupId, name)).toMatchObject({
      principalId: principal.objectId,
      roleDefinitionId: definitionOf(reader),
    });
    expect(await access.roleAssignments.delete(groupId, name)).toMatchObject({ name });
    expect(await statusFor(principal)).toBe(403);
    expect(told.map(({ operationName, resourceId }) => [operationName, resourceId])).toEqual([
      ['Microsoft.Authorization/roleAssignments/write', made.id],
      ['Microsoft.Authorization/roleAssignments/delete', made.id],
    ]);
  });

  test('lists are those at a scope, above it or below it, by principal or by what they are for', async () => {
    const somebody = world.addPrincipal('lister');
    const member = world.azure.principals.add({
      ...somebody,
      objectId: crypto.randomUUID(),
      displayName: 'member',
      groups: [crypto.randomUUID()],
    });
    const group = member.groups?.[0] ?? '';
    const assign = (principalId: string, scope: string) =>
      access.roleAssignments.create(scope, crypto.randomUUID(), {
        roleDefinitionId: definitionOf(reader),
        principalId,
      });
    await assign(somebody.objectId, subscription);
    await assign(somebody.objectId, groupId);
    await assign(somebody.objectId, accountId);
    await assign(group, groupId);
    const scopes = async (scope: string, filter: string) =>
      (await all(access.roleAssignments.listForScope(scope, { filter }))).map((one) => one.scope);
    expect(await scopes(groupId, `principalId eq '${somebody.objectId}'`)).toEqual([
      subscription,
      groupId,
      accountId,
    ]);
    expect(await scopes(groupId, `atScope() and principalId eq '${somebody.objectId}'`)).toEqual([
      subscription,
      groupId,
    ]);
    expect(await scopes(groupId, `assignedTo('${member.objectId}')`)).toEqual([groupId]);
    expect(await scopes(topicId, `principalId eq '${somebody.objectId}'`)).toEqual([subscription]);
    expect(await statusFor(member)).toBe(200);
    await expect(scopes(groupId, "color eq 'red'")).rejects.toMatchObject({
      code: 'InvalidFilterInQueryString',
    });
  });

  test('a custom role allows what it says from the next call on', async () => {
    const principal = world.addPrincipal('custom');
    const id = crypto.randomUUID();
    const define = (actions: string[]) =>
      access.roleDefinitions.createOrUpdate(subscription, id, {
        roleName: 'Account looker',
        assignableScopes: [subscription],
        permissions: [{ actions }],
      });
    expect(await define(['Microsoft.Storage/storageAccounts/read'])).toMatchObject({
      name: id,
      roleType: 'CustomRole',
    });
    const assignment = await access.roleAssignments.create(subscription, crypto.randomUUID(), {
      roleDefinitionId: definitionOf(id),
      principalId: principal.objectId,
    });
    expect(await statusFor(principal)).toBe(200);
    await define(['Microsoft.Storage/storageAccounts/write']);
    expect(await statusFor(principal)).toBe(403);
    await expect(access.roleDefinitions.delete(subscription, id)).rejects.toMatchObject({
      code: 'RoleDefinitionHasAssignments',
    });
    await access.roleAssignments.deleteById(assignment.id!);
    await access.roleDefinitions.delete(subscription, id);
    await expect(access.roleDefinitions.get(subscription, id)).rejects.toMatchObject({ statusCode: 404 });
  });

  test('built-in roles have the ids of Azure, are found by name and cannot be changed', async () => {
    const found = await all(access.roleDefinitions.list(groupId, { filter: "roleName eq 'Contributor'" }));
    expect(found).toMatchObject([{ name: 'b24988ac-6180-42a0-ab88-20f7382dd24c', roleType: 'BuiltInRole' }]);
    await expect(
      access.roleDefinitions.createOrUpdate(subscription, reader, {
        roleName: 'Reader',
        assignableScopes: ['/'],
        permissions: [{ actions: ['*'] }],
      }),
    ).rejects.toMatchObject({ statusCode: 400 });
  });

  interface Refused {
    readonly name?: string;
    readonly scope?: string;
    readonly principalId?: string;
    readonly roleDefinitionId?: string;
    readonly isTwice?: boolean;
  }
  const refusals: readonly (readonly [what: string, asked: Refused, code: string])[] = [
    ['a principal that is not there', { principalId: crypto.randomUUID() }, 'PrincipalNotFound'],
    [
      'a role that is not there',
      { roleDefinitionId: definitionOf(crypto.randomUUID()) },
      'RoleDefinitionDoesNotExist',
    ],
    ['the same once more', { isTwice: true }, 'RoleAssignmentExists'],
    ['a name that is no GUID', { name: 'mine' }, 'InvalidRoleAssignmentId'],
    ['no resource', { scope: `${accountId}x` }, 'ResourceNotFound'],
  ];
  test.each(refusals)('%s is refused', async (_, { name, scope = groupId, isTwice, ...asked }, code) => {
    const principal = world.addPrincipal('refused');
    const request = { roleDefinitionId: definitionOf(reader), principalId: principal.objectId, ...asked };
    if (isTwice === true) {
      await access.roleAssignments.create(scope, crypto.randomUUID(), request);
    }
    await expect(
      access.roleAssignments.create(scope, name ?? crypto.randomUUID(), request),
    ).rejects.toMatchObject({ code });
  });

  test('only who may assign roles assigns them', async () => {
    const contributor = world.addPrincipal('contributor');
    world.azure.arm.roles.assign({
      principalObjectId: contributor.objectId,
      role: 'Contributor',
      scope: subscription,
    });
    const path = `${groupId}/providers/Microsoft.Authorization/roleAssignments/${crypto.randomUUID()}`;
    const request = {
      properties: { roleDefinitionId: definitionOf(reader), principalId: contributor.objectId },
    };
    const { status, error } = await world.call('PUT', path, request, {
      apiVersion: '2022-04-01',
      as: contributor,
    });
    expect([status, error.code]).toEqual([403, 'AuthorizationFailed']);
    expect(error.message).toContain('Microsoft.Authorization/roleAssignments/write');
  });
});
