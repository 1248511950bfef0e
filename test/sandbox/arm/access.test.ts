import * as jose from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TokenIssuer } from '../../../sandbox/identity/tokens.ts';
import { accountId, groupId, startWorld, subscriptionId } from './world.ts';
import type { World } from './world.ts';

let world: World;
const read = 'Microsoft.Storage/storageAccounts/read';
const write = 'Microsoft.Storage/storageAccounts/write';
const listKeys = 'Microsoft.Storage/storageAccounts/listKeys/action';

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.azure.stop());
beforeEach(() => {
  world.azure.arm.state.load({ id: accountId, name: 'weights01', location: 'westeurope', properties: {} });
  world.azure.accounting.reset();
});

describe('tokens', () => {
  const ask = async (authorization: string | undefined) => {
    const answer = await fetch(`${world.azure.armUrl}${accountId}?api-version=2023-05-01`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    const { error } = (await answer.json()) as { error?: { code: string; message: string } };
    return {
      status: answer.status,
      code: error?.code,
      challenge: answer.headers.get('www-authenticate') ?? '',
    };
  };

  test('without one: AuthenticationFailed, with a challenge', async () => {
    const answer = await ask(undefined);
    expect(answer).toMatchObject({ status: 401, code: 'AuthenticationFailed' });
    expect(answer.challenge).toMatch(/^Bearer authorization_uri=/);
  });

  test.each([
    ['not a token', async () => Promise.resolve('Bearer nonsense'), 'InvalidAuthenticationToken'],
    ['another scheme', async () => Promise.resolve('Basic bm9uc2Vuc2U='), 'InvalidAuthenticationToken'],
    [
      'a token of another signer',
      async () => {
        const other = await TokenIssuer.create({ tenantId: world.azure.tenantId });
        return `Bearer ${(await other.mint(world.azure.operator, 'https://management.azure.com')).token}`;
      },
      'InvalidAuthenticationToken',
    ],
    [
      'a token of somebody whom the directory does not know',
      async () => `Bearer ${await world.tokenOf({ ...world.azure.operator, objectId: crypto.randomUUID() })}`,
      'InvalidAuthenticationToken',
    ],
    [
      'a token for storage',
      async () => `Bearer ${await world.tokenOf(world.azure.operator, 'https://storage.azure.com')}`,
      'InvalidAuthenticationTokenAudience',
    ],
    [
      'a token whose time is over',
      async () => {
        const past = Math.floor(Date.now() / 1000) - 60;
        const { token } = await world.azure.issuer.mint(
          world.azure.operator,
          'https://management.azure.com',
          { exp: past },
        );
        return `Bearer ${token}`;
      },
      'ExpiredAuthenticationToken',
    ],
  ])('%s is refused', async (_, authorization, code) => {
    expect(await ask(await authorization())).toMatchObject({ status: 401, code });
  });

  test.each([
    'https://management.azure.com',
    'https://management.azure.com/',
    'https://management.core.windows.net/',
  ])('audience %s is taken', async (resource) => {
    expect((await ask(`Bearer ${await world.tokenOf(world.azure.operator, resource)}`)).status).toBe(200);
  });

  test('are signed with a key of the published set', async () => {
    const token = await world.tokenOf(world.azure.operator);
    const keys = jose.createLocalJWKSet(await world.azure.issuer.keySet());
    const { payload } = await jose.jwtVerify(token, keys);
    expect(payload).toMatchObject({
      oid: world.azure.operator.objectId,
      appid: world.azure.operator.clientId,
      ver: '1.0',
    });
  });
});

describe('roles', () => {
  test.each([
    ['GET', accountId, read],
    ['PATCH', accountId, write],
    ['PUT', accountId, write],
    ['DELETE', accountId, 'Microsoft.Storage/storageAccounts/delete'],
    ['POST', `${accountId}/listKeys`, listKeys],
    ['POST', `${accountId}/regeneratekey`, 'Microsoft.Storage/storageAccounts/regenerateKey/action'],
    [
      'GET',
      `${accountId}/blobServices/default/containers`,
      'Microsoft.Storage/storageAccounts/blobServices/containers/read',
    ],
    ['GET', `${groupId}/providers/Microsoft.Storage/storageAccounts`, read],
    ['GET', groupId, 'Microsoft.Resources/subscriptions/resourceGroups/read'],
    ['GET', `/subscriptions/${subscriptionId}`, 'Microsoft.Resources/subscriptions/read'],
    ['POST', `${accountId}/inventNew`, 'Microsoft.Storage/storageAccounts/inventNew/action'],
    ['GET', `${groupId}/providers/Microsoft.Nonsense/things/x`, 'Microsoft.Nonsense/things/read'],
  ])('%s %s needs %s, and says so', async (method, path, action) => {
    const nobody = world.addPrincipal('nobody');
    const { status, error } = await world.call(method, path, method === 'GET' ? undefined : {}, {
      as: nobody,
    });
    const scope = path
      .replace(/\/(listKeys|regeneratekey|inventNew|containers)$/, '')
      .replace(/\/providers\/Microsoft.Storage\/storageAccounts$/, '');
    expect(status).toBe(403);
    expect(error).toEqual({
      code: 'AuthorizationFailed',
      message: `The client '${nobody.clientId}' with object id '${nobody.objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    });
    expect(world.azure.accounting.calls({ status: 403, operation: action })).toHaveLength(1);
  });

  test('exactly the actions given are allowed, one by one', async () => {
    const all = [read, write, listKeys];
    const calls = {
      [read]: ['GET', accountId],
      [write]: ['PATCH', accountId],
      [listKeys]: ['POST', `${accountId}/listKeys`],
    };
    for (const given of all) {
      const principal = world.addPrincipal(`holder of ${given}`, [given]);
      for (const [needed, [method = '', path = '']] of Object.entries(calls)) {
        const { status } = await world.call(method, path, method === 'GET' ? undefined : {}, {
          as: principal,
        });
        expect(status, `${given} and ${needed}`).toBe(given === needed ? 200 : 403);
      }
    }
  });

  test.each([
    ['the account', accountId, 200],
    ['its group, in another case', groupId.toUpperCase(), 200],
    ['its subscription', `/subscriptions/${subscriptionId}`, 200],
    ['everything', '/', 200],
    ['an account whose name begins alike', accountId.slice(0, -1), 403],
    ['another subscription', '/subscriptions/00000000-0000-4000-8000-000000000000', 403],
  ])('an assignment at %s', async (_, scope, status) => {
    const principal = world.addPrincipal(`reader of ${scope}`, [read], scope);
    expect((await world.call('GET', accountId, undefined, { as: principal })).status).toBe(status);
  });

  test.each([
    [['*'], [], 200],
    [['*/write'], [], 200],
    [['Microsoft.Storage/*'], [], 200],
    [['microsoft.storage/STORAGEACCOUNTS/Write'], [], 200],
    [['*/read'], [], 403],
    [['*'], ['Microsoft.Storage/*/write'], 403],
    [['M.crosoft.Storage/storageAccounts/write'], [], 403],
  ])('actions %j less %j: a write gives %i', async (actions, notActions, status) => {
    const principal = world.addPrincipal('pattern');
    const role = `pattern ${JSON.stringify([actions, notActions])}`;
    world.azure.arm.roles.define({ name: role, actions, notActions });
    world.azure.arm.roles.assign({ principalObjectId: principal.objectId, role, scope: '/' });
    expect((await world.call('PATCH', accountId, {}, { as: principal })).status).toBe(status);
  });

  test('an action withheld is missing until it is given back; a role revoked is gone', async () => {
    const principal = world.addPrincipal('fixer', [read, write]);
    const status = async (method: string) =>
      (await world.call(method, accountId, method === 'GET' ? undefined : {}, { as: principal })).status;
    const giveBack = world.azure.arm.roles.withhold('fixer role', write);
    expect([await status('PATCH'), await status('GET')]).toEqual([403, 200]);
    giveBack();
    expect(await status('PATCH')).toBe(200);
    expect(world.azure.arm.roles.revoke({ principalObjectId: principal.objectId })).toBe(1);
    expect([await status('PATCH'), await status('GET')]).toEqual([403, 403]);
  });

  test('a role that nobody defined cannot be assigned', () => {
    expect(() =>
      world.azure.arm.roles.assign({ principalObjectId: 'x', role: 'nonsense', scope: '/' }),
    ).toThrow(/no such role/);
  });

  test('subscriptions are listed only to those who hold something there', async () => {
    const options = { apiVersion: '2021-04-01' };
    const some = world.addPrincipal('someone', [read], accountId);
    const none = world.addPrincipal('no one');
    expect(
      (await world.call('GET', '/subscriptions', undefined, { ...options, as: some })).body.value,
    ).toHaveLength(1);
    expect(
      (await world.call('GET', '/subscriptions', undefined, { ...options, as: none })).body.value,
    ).toHaveLength(0);
  });
});

test('calls are accounted for per operation and caller', async () => {
  const reader = world.addPrincipal('reader', [read]);
  await world.call('GET', accountId, undefined, { as: reader });
  await world.call('GET', accountId.toUpperCase(), undefined, {
    as: reader,
    headers: { 'x-ms-client-request-id': 'mine' },
  });
  await world.call('PATCH', accountId, {}, { as: reader });
  await world.call('PATCH', accountId, {});
  const { accounting } = world.azure;
  expect(accounting.countsByCaller()).toEqual({
    reader: { [read]: 2, [write]: 1 },
    'sandbox-operator': { [write]: 1 },
  });
  expect(accounting.counts({ caller: reader.objectId })).toEqual({ [read]: 2, [write]: 1 });
  expect(accounting.totals({ caller: 'reader' })).toEqual({ reads: 2, writes: 1, deletes: 0, actions: 0 });
  expect(accounting.calls({ method: 'GET' })[1]).toMatchObject({
    status: 200,
    apiVersion: '2023-05-01',
    clientRequestId: 'mine',
  });
  accounting.reset();
  expect(accounting.calls()).toEqual([]);
});
