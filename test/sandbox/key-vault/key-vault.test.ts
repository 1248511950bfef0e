import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { CryptographyClient, KeyClient, type KeyVaultKey } from '@azure/keyvault-keys';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Azure } from '../../../sandbox/azure.ts';
import { startAzure } from '../../../sandbox/azure.ts';
import { credentialOf } from '../../../sandbox/deploy.ts';
import type { Principal } from '../../../sandbox/identity/principals.ts';
import { signDigest, toNumber } from '../../../sandbox/key-vault/sign-digest.ts';
import { openSigningKey } from '../../../shared/azure/signing-key.ts';
import { trustedTls } from '../harness/trusted-tls.ts';

let azure: Azure;
let worker: Principal;
let keyId: string;
const audience = 'https://vault.azure.net';
const lax = { disableChallengeResourceVerification: true, retryOptions: { maxRetries: 0 } };

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'leakstop-vault-'));
  azure = await startAzure({ directory, tls: await trustedTls() });
  worker = azure.principals.add({
    objectId: crypto.randomUUID(),
    clientId: crypto.randomUUID(),
    displayName: 'worker',
    kind: 'ManagedIdentity',
  });
  azure.keyVault.grant(worker.objectId, ['keys/read', 'keys/sign/action']);
  azure.keyVault.grant(azure.operator.objectId, ['keys/read', 'keys/create/action', 'keys/delete']);
  keyId = azure.keyVault.createKey('checkpoints');
});
afterEach(() => azure.faults.clear());
afterAll(() => azure.stop());

const keysOf = (principal: Principal, resource = audience) =>
  new KeyClient(azure.keyVault.url, credentialOf(azure, principal, resource), lax);

function publicKeyOf({ key }: KeyVaultKey) {
  const text = (part: Uint8Array | undefined) => Buffer.from(part ?? []).toString('base64url');
  return createPublicKey({
    key: { kty: 'EC', crv: 'P-256', x: text(key?.x), y: text(key?.y) },
    format: 'jwk',
  });
}

test('a key made by one who may is a key that another can only read and sign with', async () => {
  const made = await keysOf(azure.operator).createEcKey('fresh', { curve: 'P-256' });
  const read = await keysOf(worker).getKey('fresh');
  expect(read.id).toBe(made.id);
  expect(read.key?.d).toBeUndefined();
  const client = new CryptographyClient(read, credentialOf(azure, worker, audience), lax);
  const data = Buffer.from('what is signed');
  const { result } = await client.sign('ES256', createHash('sha256').update(data).digest());
  expect(result).toHaveLength(64);
  expect(verify('sha256', data, { key: publicKeyOf(read), dsaEncoding: 'ieee-p1363' }, result)).toBe(true);
  expect(
    verify('sha256', Buffer.from('other'), { key: publicKeyOf(read), dsaEncoding: 'ieee-p1363' }, result),
  ).toBe(false);
});

test.each<[string, (keys: KeyClient) => Promise<unknown>]>([
  ['create', (keys) => keys.createEcKey('mine', { curve: 'P-256' })],
  ['rotate', (keys) => keys.createEcKey('checkpoints', { curve: 'P-256' })],
  ['delete', (keys) => keys.beginDeleteKey('checkpoints')],
])('the worker may not %s', async (_, act) => {
  await expect(act(keysOf(worker))).rejects.toMatchObject({ statusCode: 403, code: 'Forbidden' });
});

test('the worker may not export, and nobody gets a token of another audience in', async () => {
  const { token } = await azure.issuer.mint(worker, audience);
  const answer = await fetch(`${keyId}/export?api-version=2025-07-01`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(403);
  await expect(keysOf(worker, 'https://storage.azure.com').getKey('checkpoints')).rejects.toMatchObject({
    statusCode: 401,
  });
  const anonymous = await fetch(`${keyId}?api-version=2025-07-01`);
  expect(anonymous.status).toBe(401);
  expect(anonymous.headers.get('www-authenticate')).toContain(`resource="${audience}"`);
});

test('our signing key signs with the newest version, and knows its own older ones only', async () => {
  const unversioned = keyId.slice(0, keyId.lastIndexOf('/'));
  const credential = () => Promise.resolve(credentialOf(azure, worker, audience));
  const key = openSigningKey({ id: unversioned, audience }, credential);
  const first = await key.sign('text');
  expect(first.keyId).toBe(keyId);
  const second = azure.keyVault.createKey('checkpoints');
  const signed = await key.sign('text');
  expect(signed.keyId).toBe(second);
  for (const { keyId: id, value } of [first, signed]) {
    const publicKey = (await key.publicKey(id))!;
    const signature = Buffer.from(value, 'base64url');
    expect(
      verify('sha256', Buffer.from('text'), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature),
    ).toBe(true);
  }
  const other = azure.keyVault.createKey('checkpoint2');
  expect(await key.publicKey(other)).toBeUndefined();
  expect(await key.publicKey(`${unversioned}/${'0'.repeat(32)}`)).toBeUndefined();
  expect(await key.publicKey('https://elsewhere.example/keys/checkpoints/' + '0'.repeat(32))).toBeUndefined();
});

test('a challenge for another audience gets no such token', async () => {
  const asked: unknown[] = [];
  const credential = credentialOf(azure, worker, audience);
  const key = openSigningKey({ id: keyId, audience }, () =>
    Promise.resolve({
      getToken: (scopes, options) => {
        asked.push(scopes, options?.tenantId);
        return credential.getToken(scopes, options);
      },
    }),
  );
  await key.sign('text');
  expect(new Set(asked)).toEqual(new Set([`${audience}/.default`, undefined]));
});

test('a disabled version can be read and signs nothing; a new version signs again', async () => {
  const first = azure.keyVault.createKey('rolled');
  const readByWorker = () => keysOf(worker).getKey('rolled');
  const sign = async () => {
    const client = new CryptographyClient(await readByWorker(), credentialOf(azure, worker, audience), lax);
    return (await client.sign('ES256', createHash('sha256').update('text').digest())).keyID;
  };
  expect(await sign()).toBe(first);
  azure.keyVault.setEnabled(first, false);
  expect((await readByWorker()).properties).toMatchObject({ enabled: false, name: 'rolled' });
  const { token } = await azure.issuer.mint(worker, audience);
  const answer = await fetch(`${first}/sign?api-version=2025-07-01`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ alg: 'ES256', value: Buffer.alloc(32).toString('base64url') }),
  });
  expect([answer.status, await answer.json()]).toEqual([
    403,
    {
      error: {
        code: 'Forbidden',
        message: 'Operation sign is not allowed on a disabled key.',
        innererror: { code: 'KeyDisabled' },
      },
    },
  ]);
  const second = azure.keyVault.createKey('rolled');
  expect(await sign()).toBe(second);
  expect(
    (await keysOf(worker).getKey('rolled', { version: first.split('/').at(-1)! })).properties.enabled,
  ).toBe(false);
});

test('one who may update can disable a key, and others not', async () => {
  const id = azure.keyVault.createKey('updated');
  const version = id.split('/').at(-1)!;
  const disable = (who: Principal) => keysOf(who).updateKeyProperties('updated', version, { enabled: false });
  await expect(disable(worker)).rejects.toMatchObject({ statusCode: 403 });
  azure.keyVault.grant(azure.operator.objectId, ['keys/update/action'], 'updated');
  expect((await disable(azure.operator)).properties.enabled).toBe(false);
});

test('what is granted on one key holds on no other', async () => {
  const [one, other] = [azure.keyVault.createKey('one'), azure.keyVault.createKey('other')];
  const reader = azure.principals.add({ ...worker, objectId: crypto.randomUUID(), displayName: 'reader' });
  azure.keyVault.grant(reader.objectId, ['keys/read'], 'one');
  expect((await keysOf(reader).getKey('one')).id).toBe(one);
  await expect(keysOf(reader).getKey('other')).rejects.toMatchObject({ statusCode: 403 });
  expect((await keysOf(worker).getKey('other')).id).toBe(other);
});

test('a vault that is away, or refuses, is told as such', async () => {
  const credential = () => Promise.resolve(credentialOf(azure, worker, audience));
  const key = openSigningKey({ id: keyId, audience }, credential);
  azure.faults.add({ target: 'key-vault', effect: { kind: 'status', status: 403 } });
  await expect(key.sign('text')).rejects.toMatchObject({ code: 'access-denied' });
  azure.faults.clear();
  azure.faults.add({ target: 'key-vault', effect: { kind: 'status', status: 503 } });
  await expect(key.sign('text')).rejects.toMatchObject({ code: 'azure-unavailable' });
  azure.faults.clear();
  azure.faults.add({ target: 'key-vault', effect: { kind: 'reset-before' }, times: 1 });
  expect((await key.sign('text')).keyId).toBe(keyId);
});

test('signs a digest as node:crypto signs what hashes to it', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const d = toNumber(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'));
  for (let count = 0; count < 50; count += 1) {
    const data = Buffer.from(`text ${count}`);
    const ours = signDigest(d, createHash('sha256').update(data).digest());
    const theirs = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(ours).toHaveLength(theirs.length);
    expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, ours)).toBe(true);
  }
});
