import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
function leakstop(...line: string[]): Promise<Ended> {
  const environment = azure.environment({ systemAssigned: azure.operator });
  return leakstopWith({ ...environment, LEAKSTOP_ARM_ENDPOINT: azure.armUrl }, ...line);
}

/** Runs the real program in an environment, as from a shell. */
async function leakstopWith(environment: Record<string, string>, ...line: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../cli/leakstop.ts'), ...line], {
    env: { PATH: process.env.PATH, ...environment },
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
});

describe('with a login that may see no subscription', () => {
  let environment: Record<string, string>;
  beforeAll(() => {
    const nobody = azure.principals.add({
      objectId: crypto.randomUUID(),
      clientId: crypto.randomUUID(),
      displayName: 'nobody',
      kind: 'ManagedIdentity',
    });
    environment = { ...azure.shellOf(nobody.objectId) };
  });

  test.each<[string, RegExp]>([
    ['table', /NOT EVERYTHING WAS LOOKED AT/],
    ['json', /"complete": false/],
    ['sarif', /"executionSuccessful": false,\s+"toolExecutionNotifications": \[\s+\{\s+"level": "error"/],
  ])('as %s it says that nothing was looked at, and fails', async (format, text) => {
    const { code, out, told } = await leakstopWith(
      environment,
      'scan',
      '--format',
      format,
      '--fail-on',
      'drift',
    );
    expect(told).toContain('Your login may see no subscription, so nothing was looked at');
    expect(out).toMatch(text);
    expect(code).toBe(3);
  });
});

test('a subscription that can be read and holds nothing is no fault', async () => {
  const empty = newSubscription();
  azure.arm.state.load({
    id: `/subscriptions/${empty}/resourceGroups/rg-empty`,
    name: 'rg-empty',
    type: 'Microsoft.Resources/resourceGroups',
    location: 'westeurope',
    properties: {},
  });
  const { code, out, told } = await leakstop('scan', '--subscription', empty);
  expect(told).toBe('');
  expect(out).toContain('0 drifts on 0 resources');
  expect(out).toContain('Read 1 subscription.');
  expect(code).toBe(0);
});

test('an account whose containers are refused is told, and the others are judged', async () => {
  azure.faults.add({ target: 'arm', effect: { kind: 'status', status: 403 }, urlPattern: '/containers' });
  try {
    const { code, out, told } = await leakstop('scan', '--json');
    expect(told).toContain('Cannot list containers of');
    expect(JSON.parse(out)).toMatchObject({
      complete: false,
      subscriptions: { asked: 3, read: 2 },
      outcomes: [{ control: 'storage-account-blob-anonymous-access' }],
    });
    expect(code).toBe(3);
  } finally {
    azure.faults.clear();
  }
});

test('an endpoint that is not there is named', async () => {
  const { code, told } = await leakstopWith(
    {
      ...azure.environment({ systemAssigned: azure.operator }),
      LEAKSTOP_ARM_ENDPOINT: 'https://localhost:1',
    },
    'scan',
  );
  expect(told).toContain('localhost:1');
  expect(code).toBe(3);
});

test('tells of a subscription that cannot be read, and goes on with the others', async () => {
  const unknown = newSubscription();
  const { code, out, told } = await leakstop('scan', '--subscription', unknown, '--subscription', one);
  expect(told).toContain(`Cannot list storage accounts of "${unknown}"`);
  expect(out).toContain('rg-models/openmodels/weights');
  expect(code).toBe(3);
});
