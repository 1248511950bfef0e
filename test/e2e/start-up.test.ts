import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FunctionsHost } from '../../sandbox/host/start-host.ts';
import { startHost } from '../../sandbox/host/start-host.ts';
import { copyBuiltApp } from './built-app.ts';
import type { Deployed } from './deployed.ts';
import { becomes, group, startDeployed } from './deployed.ts';
import { eventually } from './eventually.ts';
import type { ModuleLog } from './loaded-chunks.ts';
import { startModuleLog } from './loaded-chunks.ts';

let deployed: Deployed;
let appDirectory: string;
const hosts: FunctionsHost[] = [];

beforeAll(async () => {
  deployed = await startDeployed({ accounts: 2 });
  appDirectory = await copyBuiltApp();
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});
afterAll(() => deployed.stop());

async function start(
  role: string,
  change: Readonly<Record<string, string | undefined>> = {},
): Promise<FunctionsHost> {
  const settings = Object.entries({ ...deployed.cloud.deployment.settings(role), ...change });
  const environment = Object.fromEntries(settings.filter(isSet));
  const host = await startHost({ appDirectory, role, environment });
  hosts.push(host);
  return host;
}

describe('roles', () => {
  test('a worker has every function of the worker', () => {
    expect([...deployed.host.functions].sort()).toEqual([
      'read-dead-letters',
      'receive-resource-event',
      'reconcile-resource',
      'record-decision',
      'record-poisoned-decision',
      'record-poisoned-message',
      'report-health',
      'resume-sweep',
      'send-notices',
      'sweep-subscriptions',
      'take-baseline',
      'wake-work',
      'write-checkpoint',
    ]);
  });

  test.each([
    ['web', ['report-health', 'serve-api', 'serve-pages']],
    ['keys', ['report-health']],
  ])('the role %s has none of them', async (role, functions) => {
    expect([...(await start(role)).functions].sort()).toEqual(functions);
  });

  test('health is told to those with a key only', async () => {
    const { url, functionKey } = deployed.host;
    const told = await fetch(`${url}/api/health`, { headers: { 'x-functions-key': functionKey } });
    expect([told.status, await told.json()]).toEqual([200, { role: 'worker', state: 'running' }]);
    expect((await fetch(`${url}/api/health`)).status).toBe(401);
    expect((await fetch(`${url}/api/health`, { headers: { 'x-functions-key': 'wrong' } })).status).toBe(401);
  });
});

describe('settings that are wrong stop the start and are named', () => {
  test.each([
    ['LEAKSTOP_ROLE', 'cook'],
    ['LEAKSTOP_SUBSCRIPTIONS', 'all of them'],
    ['LEAKSTOP_SUBSCRIPTIONS', ''],
    ['LEAKSTOP_ARM_ENDPOINT', 'http://management.azure.com'],
    ['LEAKSTOP_OBSERVE_CLIENT_ID', 'me'],
    ['LeakstopStorage__tableServiceUri', 'tables'],
  ])('%s=%s', async (name, value) => {
    await expect(start('worker', { [name]: value })).rejects.toThrow(
      new RegExp(`Cannot read the application settings: [^]*${name}`),
    );
  });
});

describe('a web app that could let nobody in does not start', () => {
  test.each([
    ['LEAKSTOP_TENANT_ID', undefined],
    ['LEAKSTOP_WEB_CLIENT_ID', undefined],
    ['LEAKSTOP_WEB_URL', 'http://leakstop.example'],
  ])('%s=%s', async (name, value) => {
    await expect(start('web', { [name]: value })).rejects.toThrow(new RegExp(name));
  });
});

describe('what is loaded', () => {
  let log: ModuleLog;

  beforeAll(async () => {
    log = await startModuleLog();
  });

  const loadedBy = (time: number) =>
    log
      .chunks(appDirectory)
      .filter(({ at }) => at <= time)
      .flatMap(({ packages }) => packages);

  test('by import and registration: no SDK', async () => {
    // Telemetry loads its SDK in the background once the functions are registered: not at all without a target.
    const host = await start('worker', {
      ...log.environment,
      APPLICATIONINSIGHTS_CONNECTION_STRING: undefined,
    });
    expect(host.functions).toContain('reconcile-resource');
    const packages = loadedBy(Date.now());
    expect(packages).toContain('@azure/functions');
    expect(packages.filter(isSdk)).toEqual([]);
  });

  test('by the first event: everything', async () => {
    // Hosts share the queue: with two of them, the other one might take the event and load everything in its place.
    await deployed.host.stop();
    const host = await deployed.startHost({ appDirectory, environment: log.environment });
    const { id, name } = deployed.nextAccount();
    await deployed.person.storageAccounts.update(group, name, { allowBlobPublicAccess: true });
    await becomes(deployed, id, 'allowBlobPublicAccess', false);
    await eventually('telemetry is loaded', () => loadedBy(Date.now()).includes('applicationinsights'));
    expect(loadedBy(Date.now())).toEqual(
      expect.arrayContaining([
        '@azure/arm-storage',
        '@azure/data-tables',
        '@azure/identity',
        '@azure/storage-blob',
      ]),
    );
    await host.stop();
  });
});

function isSet(setting: [string, string | undefined]): setting is [string, string] {
  return setting[1] !== undefined;
}

/** A package that takes its time to load. */
function isSdk(name: string): boolean {
  return /^(@azure\/(arm-|data-tables|storage-|identity)|applicationinsights|@opentelemetry\/sdk|@azure\/msal)/.test(
    name,
  );
}
