import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Hono } from 'hono';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmin } from '../../sandbox/admin.ts';
import { accountId, startWorld } from './arm/world.ts';
import type { World } from './arm/world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.azure.stop());

async function admin(method: string, path: string, body?: unknown) {
  const answer = await fetch(world.azure.adminUrl + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as never };
}

test('state: a resource is put, read back raw, and removed', async () => {
  const body = { id: accountId, name: 'weights01', properties: { unknown: [1, { deep: null }] } };
  expect(await admin('PUT', `/state${accountId}`, body)).toEqual({ status: 200, body });
  expect((await world.call('GET', accountId)).body).toEqual(body);
  expect((await admin('GET', `/state${accountId.toUpperCase()}`)).body).toEqual(body);
  expect((await admin('GET', '/state')).body).toContain(accountId);
  expect((await admin('DELETE', `/state${accountId}`)).status).toBe(204);
  expect((await admin('GET', `/state${accountId}`)).status).toBe(404);
  expect((await admin('PUT', '/state/nonsense', {})).status).toBe(400);
});

test('faults: added, listed, met, removed', async () => {
  const { body } = await admin('POST', '/faults', { target: 'arm', effect: { kind: 'status', status: 503 } });
  expect((await admin('GET', '/faults')).body).toMatchObject([body]);
  expect((await world.call('GET', accountId)).status).toBe(503);
  await admin('DELETE', `/faults/${(body as { id: number }).id}`);
  expect((await world.call('GET', accountId)).status).toBe(404);
});

test('accounting: read with a filter, counted, and reset', async () => {
  await admin('DELETE', '/accounting');
  await world.call('GET', accountId);
  expect((await admin('GET', '/accounting?status=404')).body).toMatchObject([
    { path: accountId, caller: 'sandbox-operator' },
  ]);
  expect((await admin('GET', '/accounting?status=200')).body).toEqual([]);
  expect((await admin('GET', '/accounting/counts')).body).toEqual({
    'Microsoft.Storage/storageAccounts/read': 1,
  });
  expect((await admin('GET', '/accounting/totals')).body).toMatchObject({ reads: 1, writes: 0 });
});

test('people: added, given a role and a token, and heard by Resource Manager', async () => {
  const ada = {
    objectId: crypto.randomUUID(),
    clientId: crypto.randomUUID(),
    displayName: 'Ada',
    kind: 'User',
    upn: 'ada@contoso.test',
  };
  await admin('POST', '/principals', ada);
  await admin('PUT', '/roles/definitions', { name: 'Looker', actions: ['Microsoft.Resources/*/read'] });
  await admin('POST', '/roles/assignments', { principalObjectId: ada.objectId, role: 'Looker', scope: '/' });
  const { body } = await admin('POST', '/tokens', { principal: 'ada@contoso.test' });
  const ask = async () =>
    (
      await fetch(`${world.azure.armUrl}/subscriptions?api-version=2021-04-01`, {
        headers: { authorization: `Bearer ${(body as { access_token: string }).access_token}` },
      })
    ).json() as Promise<{ value: unknown[] }>;
  expect((await ask()).value).toHaveLength(1);
  expect((await admin('DELETE', `/roles/assignments?principalObjectId=${ada.objectId}`)).body).toEqual({
    revoked: 1,
  });
  expect((await ask()).value).toHaveLength(0);
  expect((await admin('POST', '/tokens', { principal: 'nobody' })).status).toBe(404);
});

test('roles: an action is withheld and given back', async () => {
  const status = async () => (await world.call('GET', accountId)).status;
  await admin('POST', '/roles/withheld', { role: 'Owner', action: 'Microsoft.Storage/storageAccounts/read' });
  expect(await status()).toBe(403);
  await admin('DELETE', '/roles/withheld');
  expect(await status()).toBe(404);
});

test('limits, latency and the marker of secrets can be changed', async () => {
  const one = { capacity: 1, refillPerSecond: 0.001 };
  const status = async () => (await world.call('GET', '/tenants?api-version=2021-04-01')).status;
  const buckets = { reads: one, writes: one, deletes: one };
  await admin('PUT', '/limits', { buckets });
  expect([await status(), await status()]).toEqual([200, 429]);
  await admin('PUT', '/limits', { buckets });
  expect(await status()).toBe(200);
  await admin('PUT', '/limits', { isEnabled: false });
  expect(world.azure.arm.throttle.limits.isEnabled).toBe(false);
  await admin('PUT', '/latency', { reads: 5 });
  expect(world.azure.arm.latency).toMatchObject({ reads: 5, writes: 0 });
  await admin('PUT', '/canary', { marker: 'canary-other-' });
  world.azure.arm.state.load({ id: accountId });
  expect(JSON.stringify((await world.call('POST', `${accountId}/listKeys`)).body)).toContain(
    '"canary-other-',
  );
});

test('another part can add its routes', async () => {
  const { arm, entra, faults, accounting } = world.azure;
  const mount = (app: Hono) => app.get('/other', (context) => context.json('here'));
  const app = createAdmin({
    arm,
    tokens: entra,
    shellOf: (name) => world.azure.shellOf(name),
    faults,
    accounting,
    routes: [mount],
  });
  expect(await (await app.request('/other')).json()).toBe('here');
});

test('a shell gets its exports, and secrets lie in files of their owner only', async () => {
  const directory = dirname(world.azure.caFile);
  const script = new URL('../../sandbox/exports.ts', import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [script.pathname, directory]);
  expect(stdout).toContain(`export ARM_URL='${world.azure.armUrl}'`);
  expect(stdout).toContain(`export REQUESTS_CA_BUNDLE='${world.azure.caFile}'`);
  expect(stdout).toContain(`export LEAKSTOP_ARM_ENDPOINT='${world.azure.armUrl}'`);
  const person = await promisify(execFile)(process.execPath, [
    script.pathname,
    directory,
    'sandbox-operator',
  ]);
  expect(person.stdout).toContain(`export LEAKSTOP_ARM_ENDPOINT='${world.azure.armUrl}'`);
  const token = /export ARM_TOKEN='(?<token>[^']+)'/.exec(stdout)?.groups?.token ?? '';
  const answer = await fetch(`${world.azure.armUrl}/subscriptions?api-version=2021-04-01`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(200);
  for (const file of ['server-key.pem', 'running.json']) {
    expect((await stat(join(directory, file))).mode & 0o077, file).toBe(0);
  }
});

test('running.json goes when the sandbox does', async () => {
  const other = await startWorld();
  const file = join(dirname(other.azure.caFile), 'running.json');
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ armUrl: other.azure.armUrl });
  await other.azure.stop();
  await expect(readFile(file)).rejects.toThrow('ENOENT');
});

test('delays: read, and set one at a time', async () => {
  expect((await admin('GET', '/delays')).body).toEqual({ resourceGraph: 0, activityLog: 0 });
  await admin('PUT', '/delays', { resourceGraph: 1_000 });
  expect((await admin('PUT', '/delays', { activityLog: 5 })).body).toEqual({
    resourceGraph: 1_000,
    activityLog: 5,
  });
  expect(world.azure.arm.resourceGraph.delayMs).toBe(1_000);
  await admin('PUT', '/delays', { resourceGraph: 0, activityLog: 0 });
});
