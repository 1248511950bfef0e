import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Principal } from '../../../sandbox/identity/principals.ts';
import { startWorld } from '../arm/world.ts';
import type { World } from '../arm/world.ts';

let world: World;
let worker: Principal;
let keys: Principal;
let stranger: Principal;
let environment: Record<string, string>;

beforeAll(async () => {
  world = await startWorld();
  [worker, keys, stranger] = [
    world.addPrincipal('worker'),
    world.addPrincipal('keys'),
    world.addPrincipal('stranger'),
  ];
  environment = world.azure.environment({ systemAssigned: worker, userAssigned: [keys] });
});
afterAll(() => world.azure.stop());

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

async function ask(query: string, init: RequestInit = {}, url = environment.IDENTITY_ENDPOINT ?? '') {
  const answer = await fetch(`${url}?${query}`, init);
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

describe('App Service form', () => {
  const form = 'api-version=2019-08-01&resource=https://management.azure.com';
  const headers = () => ({ 'x-identity-header': environment.IDENTITY_HEADER ?? '' });

  test('gives a token for the identity named, for the resource as asked for', async () => {
    const { status, body } = await ask(`${form}&client_id=${keys.clientId}`, { headers: headers() });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      token_type: 'Bearer',
      resource: 'https://management.azure.com',
      client_id: keys.clientId,
    });
    expect(Number(body.expires_on) * 1000).toBeGreaterThan(Date.now());
    expect(claimsOf(body.access_token ?? '')).toMatchObject({
      aud: 'https://management.azure.com',
      iss: `https://sts.windows.net/${world.azure.tenantId}/`,
      oid: keys.objectId,
      appid: keys.clientId,
      tid: world.azure.tenantId,
    });
  });

  test.each([
    ['no identity is named: the app’s own', () => '', () => worker],
    ['by object id', () => `&principal_id=${keys.objectId}`, () => keys],
    ['by client id in another case', () => `&client_id=${keys.clientId.toUpperCase()}`, () => keys],
  ])('%s', async (_, query, expected) => {
    const { body } = await ask(form + query(), { headers: headers() });
    expect(claimsOf(body.access_token ?? '').oid).toBe(expected().objectId);
  });

  test.each([
    ['no secret', form, () => ({}), 401],
    ['a wrong secret', form, () => ({ 'x-identity-header': 'nonsense' }), 401],
    ['another version', form.replace('2019-08-01', '2020-01-01'), headers, 401],
    ['no resource', 'api-version=2019-08-01', headers, 400],
  ])('%s: refused', async (_, query, sent, status) => {
    expect((await ask(query, { headers: sent() })).status).toBe(status);
  });

  test('an app cannot use an identity that is not assigned to it', async () => {
    const { status, body } = await ask(`${form}&client_id=${stranger.clientId}`, { headers: headers() });
    expect([status, body.message]).toEqual([
      400,
      expect.stringContaining('No User Assigned or Delegated Managed Identity found'),
    ]);
    const other = world.azure.environment({ userAssigned: [stranger] });
    const own = { 'x-identity-header': other.IDENTITY_HEADER ?? '' };
    expect((await ask(`${form}&client_id=${stranger.clientId}`, { headers: own })).status).toBe(200);
    expect((await ask(form, { headers: own })).status).toBe(400);
  });
});

test('the form of 2017 has its own header and its own way to write a time', async () => {
  const { body } = await ask(
    `api-version=2017-09-01&resource=https://storage.azure.com&clientid=${keys.clientId}`,
    {
      headers: { secret: environment.IDENTITY_HEADER ?? '' },
    },
  );
  expect(body.expires_on).toMatch(/^\d{2}\/\d{2}\/\d{4} \d{2}:\d{2}:\d{2} \+00:00$/);
  expect(claimsOf(body.access_token ?? '')).toMatchObject({
    aud: 'https://storage.azure.com',
    oid: keys.objectId,
  });
});

test('the form POST of the extension finds its app by the path', async () => {
  const url = `${new URL(environment.IDENTITY_ENDPOINT ?? '').origin}/msi/${environment.IDENTITY_HEADER}/token`;
  const body = new URLSearchParams({ resource: 'https://management.core.windows.net/' });
  const answer = await ask('', { method: 'POST', headers: { Metadata: 'true' }, body }, url);
  expect(answer.body.expires_on).toMatch(/^\d+$/);
  expect(claimsOf(answer.body.access_token ?? '').oid).toBe(worker.objectId);
  expect((await ask('', { method: 'POST', body }, url)).status).toBe(401);
});

describe('with the real credential', () => {
  beforeAll(() => Object.assign(process.env, environment));

  test('a managed identity gets a token', async () => {
    const credential = new ManagedIdentityCredential({ clientId: keys.clientId });
    const { token } = await credential.getToken('https://storage.azure.com/.default');
    expect(claimsOf(token)).toMatchObject({ aud: 'https://storage.azure.com', oid: keys.objectId });
  });

  test('the default credential finds it too', async () => {
    const credential = new DefaultAzureCredential({ managedIdentityClientId: keys.clientId });
    expect(claimsOf((await credential.getToken('https://management.azure.com/.default')).token).oid).toBe(
      keys.objectId,
    );
  });

  test('one that is not assigned is refused', async () => {
    const credential = new ManagedIdentityCredential({ clientId: stranger.clientId });
    await expect(credential.getToken('https://management.azure.com/.default')).rejects.toThrow();
  });

  test('the endpoint can fail', async () => {
    const before = world.azure.identity.issued();
    world.azure.faults.add({ target: 'identity', effect: { kind: 'status', status: 400 }, times: 1 });
    const credential = new ManagedIdentityCredential({ clientId: keys.clientId });
    await expect(credential.getToken('https://vault.azure.net/.default')).rejects.toThrow();
    expect(world.azure.identity.issued()).toBe(before);
  });
});
