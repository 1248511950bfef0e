import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Azure, startAzure } from '../../../sandbox/azure.ts';
import { credentialOf } from '../../../sandbox/deploy.ts';
import { FaultRegistry } from '../../../sandbox/faults.ts';
import { createTls } from '../../../sandbox/tls.ts';
import { trust } from '../../../sandbox/trust.ts';
import { type DataKeyParts, openDataKey } from '../../../shared/azure/data-key.ts';
import { localKey } from '../../support/local-key.ts';
import { MemoryFiles } from '../../support/memory-files.ts';

const audience = 'https://vault.azure.net';
const directory = mkdtempSync(join(tmpdir(), 'leakstop-data-key-'));
const faults = new FaultRegistry();
let azure: Azure;
let files: MemoryFiles;
const key = localKey();

beforeAll(async () => {
  const tls = await createTls(directory);
  azure = await startAzure({ directory, tls, faults });
  trust(tls.caFile);
  azure.keyVault.createKey('data', 'RSA');
  azure.keyVault.createKey('other', 'RSA');
  azure.keyVault.grant(azure.operator.objectId, ['keys/read', 'keys/wrap/action', 'keys/unwrap/action']);
});
afterAll(async () => {
  await azure.stop();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  faults.clear();
  files = new MemoryFiles();
});

const open = (change: Partial<DataKeyParts> = {}) =>
  openDataKey({
    app: 'worker',
    key: { id: `${azure.keyVault.url}/keys/data`, audience },
    credential: () => Promise.resolve(credentialOf(azure, azure.operator, audience)),
    files: () => Promise.resolve(files.client()),
    signature: key,
    ...change,
  });
const sealOf = async (opened: ReturnType<typeof open>) =>
  (await opened()).mac('test', 'text').toString('hex');
const calls = (action: string) => azure.keyVault.calls.filter((call) => call.endsWith(action)).length;

it('every process of the app has the same key, which the vault unwraps once for each', async () => {
  const first = await sealOf(open());
  const before = calls('keys/unwrap/action');
  const second = open();
  for (let time = 0; time < 20; time += 1) {
    expect(await sealOf(second)).toBe(first);
  }
  expect(calls('keys/unwrap/action')).toBe(before + 1);
  expect(calls('keys/wrap/action')).toBeGreaterThan(0);
  expect([...files.texts.keys()]).toEqual(['worker.json']);
});

it('of two first processes at once, both take the key of one', async () => {
  const [one, other] = await Promise.all([sealOf(open()), sealOf(open())]);
  expect(one).toBe(other);
});

it('another app has another key', async () => {
  expect(await sealOf(open({ app: 'keys' }))).not.toBe(await sealOf(open()));
});

it('a version of the vault key that is not the newest any more still unwraps', async () => {
  const first = await sealOf(open());
  azure.keyVault.createKey('data', 'RSA');
  expect(await sealOf(open())).toBe(first);
});

/** What somebody writes who can write the blob, and cannot sign. */
const record = () => JSON.parse(files.texts.get('worker.json') ?? '{}') as Record<string, unknown>;
it.each<[string, () => Promise<unknown>]>([
  [
    'a key of their own, which anybody can wrap, signed with another key',
    async () => {
      const forger = localKey();
      const own = new MemoryFiles();
      await open({
        signature: { ...key, sign: (text) => forger.sign(text) },
        files: () => Promise.resolve(own.client()),
      })();
      return JSON.parse(own.texts.get('worker.json') ?? '') as unknown;
    },
  ],
  [
    'the record of another app',
    async () => {
      await open({ app: 'keys' })();
      return JSON.parse(files.texts.get('keys.json') ?? '') as unknown;
    },
  ],
  [
    'a record without a signature',
    () => Promise.resolve({ ...record(), signature: { keyId: 'x', value: '' } }),
  ],
  ['another wrapped key', () => Promise.resolve({ ...record(), wrapped: 'AAAA' })],
])('%s is not used', async (_, forge) => {
  await open()();
  files.texts.set('worker.json', JSON.stringify(await forge()));
  await expect(open()()).rejects.toMatchObject({ code: 'rows-not-believed' });
});

it.each([
  ['no JSON', '-'],
  ['another format', '{"format":2}'],
])('a record that is %s is refused by name', async (_, text) => {
  files.texts.set('worker.json', text);
  await expect(open()()).rejects.toMatchObject({ code: 'malformed-input', message: /data key of "worker"/ });
});

it('while the vault is away there is no sealer, and afterwards there is', async () => {
  await open()();
  faults.add({ target: 'key-vault', effect: { kind: 'status', status: 503 } });
  const opened = open();
  await expect(opened()).rejects.toMatchObject({ code: expect.stringMatching(/unavailable/) as string });
  faults.clear();
  expect(await sealOf(opened)).toMatch(/^[0-9a-f]{64}$/);
});
