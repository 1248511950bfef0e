import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { relocate } from '../../../sandbox/arm/arm-state.ts';
import type { Operation } from '../../../sandbox/operation.ts';
import { accountId, fixture, groupId, startWorld, subscriptionId } from './world.ts';
import type { World } from './world.ts';

let world: World;
const operations: Operation[] = [];
const containers = `${accountId}/blobServices/default/containers`;

beforeAll(async () => {
  world = await startWorld({ latency: { creation: 300 } });
  world.azure.arm.throttle.limits = { ...world.azure.arm.throttle.limits, isEnabled: false };
  world.azure.arm.onOperation((operation) => operations.push(operation));
});
afterAll(() => world.azure.stop());
beforeEach(() => {
  const { state } = world.azure.arm;
  state.clear();
  state.addSubscription(subscriptionId, 'Research');
  state.addGroup(subscriptionId, 'models');
  state.load(relocate(fixture('storage-accounts')[1]!.body, accountId));
  operations.length = 0;
});

describe('refusals, in Azure’s words', () => {
  const version = 'api-version=2023-05-01';
  test.each([
    [
      'GET',
      `${accountId}x`,
      404,
      'ResourceNotFound',
      /^The Resource 'Microsoft.Storage\/storageAccounts\/weights01x' under resource group 'models' was not found\./,
    ],
    ['PATCH', `${accountId}x`, 404, 'ResourceNotFound', /was not found/],
    [
      'GET',
      accountId.replace('/models/', '/other/'),
      404,
      'ResourceGroupNotFound',
      /^Resource group 'other' could not be found\.$/,
    ],
    ['GET', `${groupId}x?api-version=2021-04-01`, 404, 'ResourceGroupNotFound', /'modelsx'/],
    [
      'GET',
      `${containers}/absent`,
      404,
      'ContainerNotFound',
      /^The specified container does not exist\.\nRequestId:/,
    ],
    [
      'GET',
      containers.replace('weights01', 'absent'),
      404,
      'ParentResourceNotFound',
      /^Failed to perform 'read' on resource\(s\) of type 'storageAccounts\/blobServices', because the parent resource '.*absent' could not be found\.$/,
    ],
    ['POST', `${accountId}x/listKeys`, 404, 'ResourceNotFound', /was not found/],
    [
      'GET',
      '/subscriptions/99999999-9999-4999-8999-999999999999?api-version=2021-04-01',
      404,
      'SubscriptionNotFound',
      /could not be found/,
    ],
    [
      'GET',
      '/subscriptions/nonsense?api-version=2021-04-01',
      400,
      'InvalidSubscriptionId',
      /'nonsense' is malformed/,
    ],
    [
      'GET',
      `${groupId}/providers/Microsoft.Storage/nonsense/x`,
      404,
      'InvalidResourceType',
      /namespace 'Microsoft.Storage'/,
    ],
    [
      'GET',
      `${groupId}/providers/Microsoft.Nonsense/things/x`,
      404,
      'InvalidResourceNamespace',
      /'Microsoft.Nonsense'/,
    ],
    ['GET', `${accountId}?api-version=`, 400, 'MissingApiVersionParameter', /is required for all requests/],
    ['GET', `${accountId}?api-version=soon`, 400, 'InvalidApiVersionParameter', /'soon' is invalid/],
    [
      'GET',
      `${accountId}?api-version=2099-01-01`,
      400,
      'NoRegisteredProviderFound',
      /API version '2099-01-01' for type 'storageaccounts'/,
    ],
    [
      'GET',
      `${groupId}?api-version=2099-01-01`,
      400,
      'InvalidApiVersionParameter',
      /'2099-01-01' is invalid/,
    ],
    [
      'PUT',
      `${groupId}/providers/Microsoft.Storage/storageAccounts/new01?${version}`,
      400,
      'LocationRequired',
      /location property/,
    ],
    ['DELETE', `${accountId}/blobServices/default?${version}`, 405, 'HttpMethodNotAllowed', /DELETE/],
  ])('%s %s gives %i %s', async (method, path, status, code, message) => {
    const answer = await world.call(method, path, method === 'GET' ? undefined : {});
    expect([answer.status, answer.error.code]).toEqual([status, code]);
    expect(answer.error.message).toMatch(message);
  });

  test.each([
    [
      'requireInfrastructureEncryption',
      { encryption: { requireInfrastructureEncryption: true } },
      'InvalidRequestPropertyValue',
    ],
    ['isHnsEnabled', { isHnsEnabled: true }, 'InvalidRequestPropertyValue'],
    ['a TLS version nobody knows', { minimumTlsVersion: 'TLS9' }, 'InvalidValuesForRequestParameters'],
    [
      'a negative key period',
      { keyPolicy: { keyExpirationPeriodInDays: -1 } },
      'InvalidValuesForRequestParameters',
    ],
  ])('a PATCH of %s is refused and changes nothing', async (_, properties, code) => {
    const before = world.azure.arm.state.get(accountId);
    const answer = await world.call('PATCH', accountId, { properties });
    expect([answer.status, answer.error.code]).toEqual([400, code]);
    expect(world.azure.arm.state.get(accountId)).toEqual(before);
    expect(operations.map(({ outcome }) => outcome)).toEqual(['Failure']);
  });

  test('a body that is not JSON is refused', async () => {
    const token = await world.tokenOf(world.azure.operator);
    const answer = await fetch(`${world.azure.armUrl}${accountId}?${version}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}` },
      body: '{"properties":',
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('InvalidRequestContent');
  });
});

describe('accounts', () => {
  test('a new one is made with 202, polled at Location, and told of when it is done', async () => {
    const id = accountId.replace('weights01', 'fresh01');
    const request = {
      location: 'West Europe',
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS' },
      properties: { allowBlobPublicAccess: true },
    };
    const accepted = await world.call('PUT', id, request);
    expect(accepted.status).toBe(202);
    expect(accepted.headers.get('retry-after')).not.toBeNull();
    expect(operations).toEqual([]);
    const location = accepted.headers.get('location') ?? '';
    expect((await world.call('GET', location)).status).toBe(202);
    await expect.poll(async () => (await world.call('GET', location)).status).toBe(200);
    const { body } = await world.call('GET', location);
    expect(body).toMatchObject({
      location: 'westeurope',
      properties: {
        allowBlobPublicAccess: true,
        minimumTlsVersion: 'TLS1_2',
        provisioningState: 'Succeeded',
      },
    });
    expect((await world.call('GET', id)).body).toEqual(body);
    expect(operations).toMatchObject([
      { kind: 'write', outcome: 'Success', existed: false, resourceId: id, resource: body },
    ]);
  });

  test.each([
    ['a scalar is merged', { properties: { minimumTlsVersion: 'TLS1_2' } }, { minimumTlsVersion: 'TLS1_2' }],
    ['null means unchanged', { properties: { minimumTlsVersion: null } }, {}],
    [
      'a name in another case is the same property',
      { properties: { MinimumTlsVersion: 'TLS1_2' } },
      { minimumTlsVersion: 'TLS1_2' },
    ],
    ['what only the service sets is passed over', { properties: { provisioningState: 'Broken' } }, {}],
    [
      'an object is replaced whole',
      {
        properties: {
          networkAcls: { defaultAction: 'Deny', bypass: 'None', ipRules: [], virtualNetworkRules: [] },
        },
      },
      { networkAcls: { defaultAction: 'Deny', bypass: 'None', ipRules: [], virtualNetworkRules: [] } },
    ],
    ['an empty PATCH changes nothing', {}, {}],
    ['a property that no version declares is kept', { properties: { somethingNew: 1 } }, { somethingNew: 1 }],
  ])('PATCH: %s', async (_, request, change) => {
    const before = world.azure.arm.state.get(accountId);
    const answer = await world.call('PATCH', accountId, request);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...before, properties: { ...(before?.properties as object), ...change } });
    expect((await world.call('GET', accountId)).body).toEqual(answer.body);
  });

  test('rules of a firewall that a PATCH does not resend are gone', async () => {
    const rules = { ipRules: [{ value: '203.0.113.7', action: 'Allow' }], defaultAction: 'Deny' };
    await world.call('PATCH', accountId, { properties: { networkAcls: rules } });
    const { body } = await world.call('PATCH', accountId, {
      properties: { networkAcls: { defaultAction: 'Deny' } },
    });
    expect(body).toMatchObject({
      properties: { networkAcls: { ipRules: [], defaultAction: 'Deny', bypass: 'AzureServices' } },
    });
  });

  test('tags are replaced whole', async () => {
    await world.call('PATCH', accountId, { tags: { owner: 'ada', cost: '1' } });
    expect((await world.call('PATCH', accountId, { tags: { owner: 'bob' } })).body.tags).toEqual({
      owner: 'bob',
    });
  });

  test('absent properties stay absent', async () => {
    const sparse = {
      id: accountId,
      name: 'weights01',
      type: 'Microsoft.Storage/storageAccounts',
      location: 'westus',
      properties: {},
    };
    world.azure.arm.state.load(sparse);
    await world.call('PATCH', accountId, { properties: { allowSharedKeyAccess: false } });
    expect(world.azure.arm.state.get(accountId)).toEqual({
      ...sparse,
      properties: { allowSharedKeyAccess: false },
    });
  });

  test('If-Match is passed over, as accounts have no ETag', async () => {
    const answer = await world.call(
      'PATCH',
      accountId,
      { tags: {} },
      { headers: { 'if-match': '"nonsense"' } },
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBeNull();
  });

  test('an id is found in any case and answered in the stored spelling', async () => {
    const { body, status } = await world.call(
      'GET',
      accountId.toUpperCase().replace('/SUBSCRIPTIONS', '/Subscriptions'),
    );
    expect([status, body.id]).toEqual([200, accountId]);
    await world.call('PUT', accountId.toUpperCase(), { location: 'eastus', tags: { a: 'b' } });
    expect(world.azure.arm.state.ids().filter((id) => id.toLowerCase() === accountId.toLowerCase())).toEqual([
      accountId,
    ]);
  });

  test('an older api-version is taken', async () => {
    expect((await world.call('GET', accountId, undefined, { apiVersion: '2019-06-01' })).status).toBe(200);
  });

  test('DELETE gives 200, then 204, and takes the containers along', async () => {
    await world.call('PUT', `${containers}/gone`, {});
    expect((await world.call('DELETE', accountId)).status).toBe(200);
    expect((await world.call('DELETE', accountId)).status).toBe(204);
    expect(world.azure.arm.state.get(`${containers}/gone`)).toBeUndefined();
  });

  test.each([
    ['subscription', `/subscriptions/${subscriptionId}/providers/Microsoft.Storage/storageAccounts`, 6],
    ['group', `${groupId}/providers/Microsoft.Storage/storageAccounts`, 5],
  ])('a list by %s has every account once, over pages', async (_, path, count) => {
    const { state } = world.azure.arm;
    [1, 2, 3, 4].forEach((n) => state.load({ id: `${accountId}${n}` }));
    state.load({ id: accountId.replace('/models/', '/other/') });
    world.azure.arm.paging.pageSize = 2;
    const ids: unknown[] = [];
    let next: string | undefined = path;
    let pages = 0;
    while (next !== undefined) {
      const { body } = await world.call('GET', next);
      ids.push(...(body.value as { id: string }[]).map(({ id }) => id));
      next = body.nextLink as string | undefined;
      pages += 1;
    }
    world.azure.arm.paging.pageSize = undefined;
    expect([new Set(ids).size, ids.length, pages]).toEqual([count, count, Math.ceil(count / 2)]);
  });
});

describe('containers', () => {
  test('PUT makes one with 201, again 200, and a GET shows what the answer left out', async () => {
    const made = await world.call('PUT', `${containers}/data`, { properties: { metadata: { a: 'b' } } });
    expect(made.status).toBe(201);
    expect(made.body.properties).toEqual({
      deleted: false,
      remainingRetentionDays: 0,
      metadata: { a: 'b' },
      hasImmutabilityPolicy: false,
      hasLegalHold: false,
    });
    expect((await world.call('PUT', `${containers}/data`, {})).status).toBe(200);
    const { body, headers } = await world.call('GET', `${containers}/data`);
    expect(body).toMatchObject({
      properties: { publicAccess: 'None', leaseState: 'Available', metadata: { a: 'b' } },
    });
    expect(headers.get('etag')).toBe(body.etag);
  });

  test('a PATCH merges, replaces metadata whole, puts the level right, and moves the ETag', async () => {
    await world.call('PUT', `${containers}/data`, {
      properties: { metadata: { a: 'b' }, publicAccess: 'Blob' },
    });
    const before = world.azure.arm.state.get(`${containers}/data`);
    const { body } = await world.call('PATCH', `${containers}/data`, {
      properties: { metadata: { c: 'd' }, publicAccess: 'container' },
    });
    expect(body.properties).toMatchObject({ metadata: { c: 'd' }, publicAccess: 'Container' });
    expect((body.properties as { metadata: object }).metadata).toEqual({ c: 'd' });
    expect(world.azure.arm.state.get(`${containers}/data`)?.etag).not.toBe(before?.etag);
  });

  test.each(['PUT', 'PATCH'])(
    '%s cannot open one on an account that is closed, but can close it',
    async (method) => {
      await world.call('PUT', `${containers}/data`, { properties: { publicAccess: 'Blob' } });
      await world.call('PATCH', accountId, { properties: { allowBlobPublicAccess: false } });
      expect((await world.call('GET', `${containers}/data`)).body).toMatchObject({
        properties: { publicAccess: 'Blob' },
      });
      const refused = await world.call(method, `${containers}/data`, {
        properties: { publicAccess: 'Container' },
      });
      expect([refused.status, refused.error.code]).toEqual([409, 'PublicAccessNotPermitted']);
      expect(
        (await world.call(method, `${containers}/data`, { properties: { publicAccess: 'None' } })).status,
      ).toBe(200);
    },
  );

  test('a list is lean and paged by $maxpagesize', async () => {
    for (const name of ['one', 'two', 'three']) {
      await world.call('PUT', `${containers}/${name}`, { properties: { metadata: { a: 'b' } } });
    }
    const first = await world.call('GET', `${containers}?$maxpagesize=2`);
    const [item] = first.body.value as { etag: string; properties: object }[];
    expect(item?.etag).toMatch(/^"0x8D/);
    expect(Object.keys(item?.properties ?? {})).not.toEqual(expect.arrayContaining(['metadata']));
    const second = await world.call('GET', String(first.body.nextLink));
    expect((second.body.value as unknown[]).length).toBe(1);
    expect(second.body.nextLink).toBeUndefined();
  });
});

describe('keys', () => {
  const keysOf = async (path: string, request?: object) =>
    ((await world.call('POST', `${accountId}/${path}`, request)).body.keys ?? []) as {
      keyName: string;
      value: string;
      creationTime: string;
    }[];

  test('listKeys shows the same secrets each time, with the marker, and no read of the account does', async () => {
    const keys = await keysOf('listKeys');
    expect(keys.map(({ keyName }) => keyName)).toEqual(['key1', 'key2']);
    expect(keys.every(({ value }) => value.startsWith('canary-'))).toBe(true);
    expect(await keysOf('LISTKEYS')).toEqual(keys);
    expect(JSON.stringify((await world.call('GET', accountId)).body)).not.toContain('canary-');
  });

  test('regenerateKey changes one secret and its time, and leaves the other', async () => {
    const before = await keysOf('listKeys');
    const after = await keysOf('regenerateKey', { keyName: 'key1' });
    expect(after[0]?.value).not.toBe(before[0]?.value);
    expect(after[0]?.creationTime).not.toBe(before[0]?.creationTime);
    expect(after[1]).toEqual(before[1]);
    const refused = await world.call('POST', `${accountId}/regenerateKey`, { keyName: 'key9' });
    expect(refused.error.code).toBe('InvalidValuesForRequestParameters');
  });

  test('both are told of as actions on the account', async () => {
    await keysOf('listkeys');
    await keysOf('regenerateKey', { keyName: 'key2' });
    expect(
      operations.map(({ kind, operationName, resourceId }) => ({ kind, operationName, resourceId })),
    ).toEqual([
      {
        kind: 'action',
        operationName: 'Microsoft.Storage/storageAccounts/listKeys/action',
        resourceId: accountId,
      },
      {
        kind: 'action',
        operationName: 'Microsoft.Storage/storageAccounts/regenerateKey/action',
        resourceId: accountId,
      },
    ]);
  });
});

test('blob services are there without anybody making them, and take a write', async () => {
  const id = `${accountId}/blobServices/default`;
  expect((await world.call('GET', id)).body).toMatchObject({
    name: 'default',
    properties: { cors: { corsRules: [] } },
  });
  expect((await world.call('GET', `${accountId}/blobServices`)).body.value).toHaveLength(1);
  await world.call('PUT', id, { properties: { deleteRetentionPolicy: { enabled: true, days: 7 } } });
  expect((await world.call('GET', id)).body).toMatchObject({
    properties: { deleteRetentionPolicy: { days: 7 } },
  });
});

test('groups and subscriptions can be read and listed', async () => {
  const options = { apiVersion: '2021-04-01' };
  expect((await world.call('GET', '/subscriptions', undefined, options)).body.value).toMatchObject([
    { subscriptionId },
  ]);
  expect((await world.call('GET', `/subscriptions/${subscriptionId}`, undefined, options)).body.state).toBe(
    'Enabled',
  );
  const groups = await world.call(
    'GET',
    `/subscriptions/${subscriptionId}/resourcegroups`,
    undefined,
    options,
  );
  expect(groups.body.value).toMatchObject([{ id: groupId, type: 'Microsoft.Resources/resourceGroups' }]);
  expect((await world.call('GET', '/tenants', undefined, options)).body.value).toMatchObject([
    { tenantId: world.azure.tenantId },
  ]);
});

test('an operation carries who did it, with what right, and in which words of the client', async () => {
  const { state, roles } = world.azure.arm;
  const person = world.azure.principals.add({
    objectId: crypto.randomUUID(),
    clientId: crypto.randomUUID(),
    displayName: 'Ada Fischer',
    kind: 'User',
    upn: 'ada@contoso.test',
  });
  roles.assign({ principalObjectId: person.objectId, role: 'Contributor', scope: groupId });
  const lower = accountId.replace('resourceGroups', 'resourcegroups');
  await world.call(
    'PATCH',
    lower,
    { tags: {} },
    { as: person, headers: { 'x-ms-client-request-id': 'mine', 'x-ms-correlation-request-id': 'ours' } },
  );
  expect(operations).toMatchObject([
    {
      resourceId: lower,
      method: 'PATCH',
      existed: true,
      clientRequestId: 'mine',
      correlationId: 'ours',
      apiVersion: '2023-05-01',
      claims: {
        name: 'Ada Fischer',
        'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': 'ada@contoso.test',
        'http://schemas.microsoft.com/identity/claims/objectidentifier': person.objectId,
      },
      evidence: { role: 'Contributor', roleAssignmentScope: groupId, principalType: 'User' },
      resource: state.get(accountId),
    },
  ]);
  expect(Object.values(operations[0]?.claims ?? {}).every((value) => typeof value === 'string')).toBe(true);
});

test('answers carry the ids of the request and what is left of the bucket', async () => {
  const { headers } = await world.call('GET', accountId, undefined, {
    headers: { 'x-ms-client-request-id': 'mine' },
  });
  expect(headers.get('x-ms-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers.get('x-ms-correlation-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers.get('x-ms-client-request-id')).toBe('mine');
  expect(Number(headers.get('x-ms-ratelimit-remaining-subscription-reads'))).toBeGreaterThan(0);
});

describe('locks', () => {
  const put = (scope: string, level: string) =>
    world.call(
      'PUT',
      `${scope}/providers/Microsoft.Authorization/locks/hold`,
      { properties: { level } },
      { apiVersion: '2020-05-01' },
    );
  const attempts = async () => [
    (await world.call('GET', accountId)).status,
    (await world.call('PATCH', accountId, { tags: {} })).status,
    (await world.call('POST', `${accountId}/listKeys`)).status,
    (await world.call('DELETE', accountId)).status,
  ];

  test.each([
    ['ReadOnly', accountId, [200, 409, 409, 409]],
    ['ReadOnly', groupId, [200, 409, 409, 409]],
    ['ReadOnly', `/subscriptions/${subscriptionId}`, [200, 409, 409, 409]],
    ['CanNotDelete', accountId, [200, 200, 200, 409]],
    ['CanNotDelete', `${containers}/data`, [200, 200, 200, 409]],
    ['ReadOnly', `${accountId}x`, [200, 200, 200, 200]],
  ])('%s on %s: read, write, action and delete give %j', async (level, scope, statuses) => {
    for (const id of [`${accountId}x`, `${containers}/data`]) {
      world.azure.arm.state.load({ id, name: id.slice(id.lastIndexOf('/') + 1), properties: {} });
    }
    expect((await put(scope, level)).status).toBe(201);
    expect(await attempts()).toEqual(statuses);
  });

  test('the refusal names the locked scope; without the lock it works again', async () => {
    await put(groupId, 'ReadOnly');
    const { error } = await world.call('PATCH', accountId, {});
    expect(error).toEqual({
      code: 'ScopeLocked',
      message: `The scope '${accountId}' cannot perform write operation because following scope(s) are locked: '${groupId}'. Please remove the lock and try again.`,
    });
    const list = `${groupId}/providers/Microsoft.Authorization/locks`;
    const options = { apiVersion: '2020-05-01' };
    expect((await world.call('GET', list, undefined, options)).body.value).toMatchObject([{ name: 'hold' }]);
    expect((await world.call('DELETE', `${list}/hold`, undefined, options)).status).toBe(200);
    expect((await world.call('PATCH', accountId, {})).status).toBe(200);
  });
});

test('the description of the cloud needs no token, and names audiences that are taken', async () => {
  const answer = await fetch(`${world.azure.armUrl}/metadata/endpoints?api-version=2022-09-01`);
  expect(await answer.json()).toMatchObject({
    resourceManager: world.azure.armUrl,
    authentication: { audiences: ['https://management.core.windows.net/', 'https://management.azure.com/'] },
  });
});
