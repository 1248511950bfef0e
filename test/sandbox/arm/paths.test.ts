import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { normalPath } from '../../../sandbox/arm/arm-path.ts';
import { accountId, startWorld, subscriptionId } from './world.ts';
import type { World } from './world.ts';

const locks = '/providers/Microsoft.Authorization/locks';
const options = { apiVersion: '2020-05-01' };

let world: World;
beforeAll(async () => {
  world = await startWorld();
  world.azure.arm.throttle.limits = { ...world.azure.arm.throttle.limits, isEnabled: false };
});
afterAll(() => world.azure.stop());
beforeEach(() => {
  const { state } = world.azure.arm;
  state.clear();
  state.addSubscription(subscriptionId, 'Research');
  state.addGroup(subscriptionId, 'models');
  state.load({ id: accountId, name: 'weights01', location: 'westeurope', tags: {}, properties: {} });
});

/** Ways in which clients write one path. */
const spellings: readonly (readonly [name: string, spell: (path: string) => string])[] = [
  ['the empty parent of the Azure CLI', (path) => path.replace('Microsoft.Storage/', 'Microsoft.Storage//')],
  ['slashes at the end', (path) => `${path}//`],
  ['slashes at the start', (path) => `//${path}`],
  ['lower case', (path) => path.toLowerCase()],
  [
    'upper case words',
    (path) => path.replace('subscriptions', 'SUBSCRIPTIONS').replace('resourceGroups', 'RESOURCEGROUPS'),
  ],
  ['encoded letters', (path) => path.replace('/storageAccounts/', '/%73torageAccounts/')],
  [
    'encoded slashes',
    (path) => path.replace('Microsoft.Storage/storageAccounts/', 'Microsoft.Storage%2FstorageAccounts%2f'),
  ],
  ['dots', (path) => path.replace('/storageAccounts/', '/./storageAccounts/other/../')],
];

describe.each(spellings)('a path with %s', (_, spell) => {
  test('names the same resource', async () => {
    expect((await world.call('GET', spell(accountId))).body.id).toBe(accountId);
  });

  test('locks the same resource, as long as the lock and the resource are there', async () => {
    const lock = spell(`${accountId}${locks}/hold`);
    const put = async (level: string) => world.call('PUT', lock, { properties: { level } }, options);
    const named = async (list: string) =>
      ((await world.call('GET', list, undefined, options)).body.value as { name: string }[]).map(
        ({ name }) => name,
      );

    expect((await put('CanNotDelete')).status).toBe(201);
    expect((await world.call('DELETE', accountId)).error.code).toBe('ScopeLocked');
    expect((await world.call('PATCH', accountId, { tags: { a: 'b' } })).status).toBe(200);
    expect((await put('ReadOnly')).status).toBe(200);
    expect((await world.call('PATCH', accountId, { tags: {} })).error.code).toBe('ScopeLocked');
    expect(await named(spell(`${accountId}${locks}`))).toEqual(['hold']);
    expect(await named(`/subscriptions/${subscriptionId}${locks}`)).toEqual(['hold']);
    expect((await world.call('DELETE', lock, undefined, options)).status).toBe(200);
    expect((await world.call('PATCH', accountId, { tags: {} })).status).toBe(200);
    await put('CanNotDelete');
    world.azure.arm.state.remove(accountId);
    expect(await named(`/subscriptions/${subscriptionId}${locks}`)).toEqual([]);
  });
});

test('ids are kept with the words of Azure, whatever the words of the request', async () => {
  const wanted = `/subscriptions/${subscriptionId}/resourceGroups/rg-ref`;
  const account = `${wanted}/providers/Microsoft.Storage/storageAccounts/refnew1`;
  const request = { location: 'westeurope', kind: 'StorageV2', sku: { name: 'Standard_LRS' } };
  const written = [
    await world.call(
      'PUT',
      wanted.replace('resourceGroups', 'resourcegroups'),
      { location: 'westeurope' },
      { apiVersion: '2021-04-01' },
    ),
    await world.call(
      'PUT',
      account
        .replace('resourceGroups', 'RESOURCEGROUPS')
        .replace('Microsoft.Storage/storageAccounts', 'microsoft.storage/STORAGEACCOUNTS'),
      request,
    ),
    await world.call('PUT', `${account.toLowerCase()}/blobservices/default/CONTAINERS/data`, {}),
    await world.call(
      'PUT',
      `${account.toUpperCase()}${locks}/Hold`,
      { properties: { level: 'ReadOnly' } },
      options,
    ),
  ];
  expect(written.map(({ status }) => status)).toEqual([201, 202, 201, 201]);
  expect(world.azure.arm.state.ids().slice(3)).toEqual([
    wanted,
    account,
    `${account}/blobServices/default/containers/data`,
    `${account}${locks}/Hold`,
  ]);
  expect(world.azure.arm.state.ids().map((id) => world.azure.arm.state.get(id)?.id)).toEqual(
    world.azure.arm.state.ids(),
  );
});

test('a lock needs something to lie on', async () => {
  const { status, error } = await world.call(
    'PUT',
    `${accountId}x${locks}/hold`,
    { properties: { level: 'ReadOnly' } },
    options,
  );
  expect([status, error.code]).toEqual([404, 'ResourceNotFound']);
  expect(error.message).toContain(
    `'Microsoft.Storage/storageAccounts/weights01x' under resource group 'models'`,
  );
});

test('a normal path is normal, has no empty segment, and keeps every other one', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('', 'a', 'b%20c', '%2F', '%2f', '%5C')), (segments) => {
      const path = normalPath(segments.join('/'));
      expect(path).toMatch(/^(\/|(\/[^/]+)+)$/);
      expect(normalPath(path)).toBe(path);
      const kept = segments.filter((segment) => segment !== '' && !/^%2f$/i.test(segment));
      expect(path.split('/').filter((segment) => segment !== '')).toEqual(kept);
    }),
  );
});
