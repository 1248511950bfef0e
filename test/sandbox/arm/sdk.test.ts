import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StorageManagementClient } from '@azure/arm-storage';
import { ManagedIdentityCredential } from '@azure/identity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Principal } from '../../../sandbox/identity/principals.ts';
import { startWorld, subscriptionId } from './world.ts';
import type { World } from './world.ts';

let world: World;
let worker: Principal;
let client: StorageManagementClient;

const options = (armUrl: string) => ({
  endpoint: armUrl,
  credentials: { scopes: ['https://management.azure.com/.default'] },
  retryOptions: { maxRetries: 0 },
});

beforeAll(async () => {
  world = await startWorld({ latency: { creation: 30 } });
  worker = world.addPrincipal('worker', ['Microsoft.Storage/*', 'Microsoft.Resources/*/read']);
  Object.assign(process.env, world.azure.environment({ userAssigned: [worker] }));
  const credential = new ManagedIdentityCredential({ clientId: worker.clientId });
  client = new StorageManagementClient(credential, subscriptionId, options(world.azure.armUrl));
});
afterAll(() => world.azure.stop());

test('an account lives its life through the real client', async () => {
  const created = await client.storageAccounts.create('models', 'weights02', {
    location: 'westeurope',
    kind: 'StorageV2',
    sku: { name: 'Standard_LRS' },
    allowBlobPublicAccess: true,
    minimumTlsVersion: 'TLS1_0',
  });
  expect(created).toMatchObject({
    name: 'weights02',
    allowBlobPublicAccess: true,
    provisioningState: 'Succeeded',
  });
  const updated = await client.storageAccounts.update('models', 'weights02', {
    allowBlobPublicAccess: false,
    minimumTlsVersion: 'TLS1_2',
    enableHttpsTrafficOnly: true,
  });
  expect(updated).toMatchObject({ allowBlobPublicAccess: false, minimumTlsVersion: 'TLS1_2' });
  expect(await client.storageAccounts.getProperties('models', 'weights02')).toEqual(updated);
  await client.storageAccounts.delete('models', 'weights02');
  await expect(client.storageAccounts.getProperties('models', 'weights02')).rejects.toMatchObject({
    statusCode: 404,
    code: 'ResourceNotFound',
  });
});

test('lists are followed over their pages', async () => {
  for (const n of [1, 2, 3, 4, 5]) {
    world.azure.arm.state.load({
      id: `/subscriptions/${subscriptionId}/resourceGroups/many/providers/Microsoft.Storage/storageAccounts/data${n}`,
      name: `data${n}`,
      location: 'westeurope',
      properties: {},
    });
  }
  world.azure.arm.paging.pageSize = 2;
  const names: unknown[] = [];
  for await (const { name } of client.storageAccounts.list()) {
    names.push(name);
  }
  world.azure.arm.paging.pageSize = undefined;
  expect(names).toEqual(['data1', 'data2', 'data3', 'data4', 'data5']);
});

test('containers and keys', async () => {
  await client.blobContainers.create('many', 'data1', 'sets', { publicAccess: 'Blob', metadata: { a: 'b' } });
  await client.blobContainers.update('many', 'data1', 'sets', { publicAccess: 'None' });
  expect(await client.blobContainers.get('many', 'data1', 'sets')).toMatchObject({
    publicAccess: 'None',
    metadata: { a: 'b' },
  });
  const listed: unknown[] = [];
  for await (const { name } of client.blobContainers.list('many', 'data1', { maxpagesize: '1' })) {
    listed.push(name);
  }
  expect(listed).toEqual(['sets']);
  const before = await client.storageAccounts.listKeys('many', 'data1');
  const after = await client.storageAccounts.regenerateKey('many', 'data1', { keyName: 'key1' });
  expect(after.keys?.[0]?.value).not.toBe(before.keys?.[0]?.value);
  await client.storageAccounts.update('many', 'data1', { allowBlobPublicAccess: false });
  await expect(
    client.blobContainers.update('many', 'data1', 'sets', { publicAccess: 'Blob' }),
  ).rejects.toMatchObject({ statusCode: 409, code: 'PublicAccessNotPermitted' });
});

test('refusals and throttling come as the errors that the client knows', async () => {
  const giveBack = world.azure.arm.roles.withhold('worker role', 'Microsoft.Storage/storageAccounts/write');
  await expect(client.storageAccounts.update('many', 'data1', {})).rejects.toMatchObject({
    statusCode: 403,
    code: 'AuthorizationFailed',
  });
  giveBack();
  world.azure.faults.add({
    target: 'arm',
    effect: { kind: 'status', status: 429, retryAfterInSeconds: 3 },
    times: 1,
  });
  await expect(client.storageAccounts.getProperties('many', 'data1')).rejects.toMatchObject({
    statusCode: 429,
    code: 'TooManyRequests',
  });
});

test('a process needs nothing but its environment', async () => {
  const script = `
    import { StorageManagementClient } from '@azure/arm-storage';
    import { ManagedIdentityCredential } from '@azure/identity';
    const credential = new ManagedIdentityCredential({ clientId: process.env.CLIENT_ID });
    const options = { endpoint: process.env.ARM_URL, credentials: { scopes: ['https://management.azure.com/.default'] } };
    const client = new StorageManagementClient(credential, '${subscriptionId}', options);
    console.log((await client.storageAccounts.getProperties('many', 'data1')).name);`;
  const environment = {
    PATH: process.env.PATH,
    ...world.azure.environment({ userAssigned: [worker] }),
    CLIENT_ID: worker.clientId,
    ARM_URL: world.azure.armUrl,
  };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: environment,
    cwd: new URL('../../..', import.meta.url),
  });
  expect(stdout.trim()).toBe('data1');
});

test('a process that does not trust the authority is refused by its own TLS', async () => {
  const script = `await fetch(process.env.ARM_URL).then(() => console.log('open'), (error) => console.log(error.cause.code));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: process.env.PATH, ARM_URL: world.azure.armUrl },
  });
  expect(stdout.trim()).toMatch(/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/);
});
