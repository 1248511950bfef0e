import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Azure, startAzure } from '../../sandbox/azure.ts';
import { account, blobService, container, newSubscription } from '../support/estate.ts';
import type { Ended } from './run.ts';

const one = newSubscription();
const other = newSubscription();
const open = account(one, 'openmodels', { allowBlobPublicAccess: true });
const shut = account(other, 'shutmodels');

let azure: Azure;
beforeAll(async () => {
  azure = await startAzure({
    directory: await mkdtemp(join(tmpdir(), 'leakstop-scan-')),
    estate: [
      open,
      blobService(open.id),
      container(open.id, 'weights', 'Blob'),
      shut,
      blobService(shut.id),
      container(shut.id, 'inert', 'Container'),
    ],
  });
});
afterAll(() => azure.stop());

/** Runs the real program with the login of somebody who may read all of the sandbox. */
async function leakstop(...line: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../cli/leakstop.ts'), ...line], {
    env: {
      PATH: process.env.PATH,
      ...azure.environment({ systemAssigned: azure.operator }),
      LEAKSTOP_ARM_ENDPOINT: azure.armUrl,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, told, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, out, told };
}

test('looks at every subscription of the login, and at containers only where they may expose something', async () => {
  const { code, out, told } = await leakstop('scan', '--json', '--fail-on', 'critical');
  expect(told).toBe('');
  expect(code).toBe(1);
  const { outcomes } = JSON.parse(out) as { outcomes: { resource: string; control: string; does: string }[] };
  expect(outcomes.map(({ control, does }) => `${control} ${does}`)).toEqual([
    'storage-account-blob-anonymous-access ask',
    'blob-container-anonymous-access ask',
  ]);
  const listed = azure.accounting.calls({ path: '/containers' }).map(({ path }) => path);
  expect(listed.some((path) => path.includes('openmodels'))).toBe(true);
  expect(listed.some((path) => path.includes('shutmodels'))).toBe(false);
  expect(azure.accounting.totals()).toMatchObject({ writes: 0, deletes: 0, actions: 0 });
}, 120_000);

test('tells of a subscription that cannot be read, and goes on with the others', async () => {
  const unknown = newSubscription();
  const { code, out, told } = await leakstop('scan', '--subscription', unknown, '--subscription', one);
  expect(told).toContain(`Cannot list storage accounts of "${unknown}"`);
  expect(out).toContain('rg-models/openmodels/weights');
  expect(code).toBe(3);
}, 120_000);
