import { readFileSync } from 'node:fs';
import { QueueClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FaultRegistry } from '../../../sandbox/faults.ts';
import { startHost } from '../../../sandbox/host/start-host.ts';
import type { FunctionsHost, HostLog, HostOptions } from '../../../sandbox/host/start-host.ts';
import { startStorage } from '../../../sandbox/storage/storage.ts';
import type { Storage } from '../../../sandbox/storage/storage.ts';
import { startTelemetry } from '../../../sandbox/telemetry.ts';
import type { TelemetrySink } from '../../../sandbox/telemetry.ts';
import { compressTime } from '../../../sandbox/time/compressed-time.ts';
import type { Tls } from '../../../sandbox/tls.ts';
import { buildApp } from '../harness/build-app.ts';
import { hostStorageOf } from '../harness/host-storage.ts';
import { identityOf } from '../harness/identity.ts';
import { tokenOf } from '../harness/token.ts';
import { trustedTls } from '../harness/trusted-tls.ts';

const objectId = '11111111-1111-1111-1111-111111111111';
/** A minute lasts a second. */
const time = compressTime(60);
const faults = new FaultRegistry();
let tls: Tls;
let storage: Storage;
let identity: Awaited<ReturnType<typeof identityOf>>;
let appDirectory: string;
let queue: QueueClient;
let telemetry: TelemetrySink;
const hosts: FunctionsHost[] = [];
let lines: HostLog[] = [];

beforeAll(async () => {
  tls = await trustedTls();
  storage = await startStorage({
    tls,
    faults,
    principals: { queues: [objectId], blobs: [objectId] },
    environment: time.environment,
  });
  identity = await identityOf(objectId);
  telemetry = await startTelemetry(tls, faults);
  queue = new QueueClient(`${storage.urls.queues}/work`, tokenOf(objectId));
  await queue.create();
  const queues = { maxPollingInterval: '00:00:01', visibilityTimeout: '00:00:30' };
  appDirectory = await buildApp(readFileSync('test/fixtures/apps/lifecycle.mjs', 'utf8'), {
    host: { extensions: { queues } },
  });
});
beforeEach(() => {
  lines = [];
});
afterEach(async () => {
  faults.clear();
  storage.principals.allow('queues', objectId);
  identity.assign(true);
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});
afterAll(async () => {
  identity.stop();
  await Promise.all([storage.stop(), telemetry.stop()]);
});

interface Wish extends Partial<HostOptions> {
  readonly hasStorage?: boolean;
  /** Name of the instance in the log. */
  readonly instance?: string;
}

async function start({ hasStorage = true, instance = 'one', ...options }: Wish = {}): Promise<FunctionsHost> {
  const host = await startHost({
    appDirectory,
    role: 'app',
    environment: {
      ...time.environment,
      ...identity.settings,
      NODE_EXTRA_CA_CERTS: tls.caFile,
      State__queueServiceUri: storage.urls.queues,
      State__credential: 'managedidentity',
      ...(hasStorage ? hostStorageOf(storage) : {}),
    },
    hostRestartDelaysMs: [50],
    onLog: (line) => lines.push({ ...line, role: instance }),
    ...options,
  });
  hosts.push(host);
  return host;
}

interface Tick {
  readonly instance: string;
  readonly at: number;
  readonly isPastDue: boolean;
  readonly status: { readonly last: string; readonly next: string } | null;
}

function ticksOf(timer: string): Tick[] {
  return lines
    .filter(({ message }) => message.startsWith(`${timer} {`))
    .map(({ message, role }) => ({
      instance: role,
      ...(JSON.parse(message.slice(timer.length + 1)) as Omit<Tick, 'instance'>),
    }));
}

const hasTicked = (timer: string, times: number, instance?: string) =>
  expect
    .poll(() => ticksOf(timer).filter((tick) => instance === undefined || tick.instance === instance).length)
    .toBeGreaterThanOrEqual(times);

async function statusOf(host: FunctionsHost, path: string, options: RequestInit = {}): Promise<number> {
  return (await fetch(`${host.url}${path}`, options)).status;
}

const notification = { method: 'POST', headers: { 'aeg-event-type': 'Notification' }, body: '[]' };
const webhook = '/runtime/webhooks/eventgrid?functionName=receive';

describe('the storage of the host', () => {
  test('without it keys open nothing, and only timers of less than a minute run', async () => {
    const host = await start({ hasStorage: false });
    expect(await statusOf(host, '/api/open')).toBe(200);
    expect(await statusOf(host, `/api/keyed?code=${host.functionKey}`)).toBe(401);
    expect(await statusOf(host, `/api/keyed?code=${host.masterKey}`)).toBe(401);
    expect(await statusOf(host, `${webhook}&code=${host.systemKey}`, notification)).toBe(401);
    expect(await statusOf(host, `/admin/host/status?code=${host.masterKey}`)).toBe(401);
    // More than two of its minutes.
    await hasTicked('secondly', 25);
    expect(ticksOf('minutely')).toEqual([]);
    expect(lines.map(({ message }) => message)).toContain(
      'The listener for function "Functions.minutely" was unable to start: no AzureWebJobsStorage',
    );
  });

  test('with it keys open what they should, and every timer runs', async () => {
    const host = await start();
    expect(await statusOf(host, `/api/keyed?code=${host.functionKey}`)).toBe(200);
    expect(await statusOf(host, `${webhook}&code=${host.systemKey}`, notification)).toBe(202);
    await hasTicked('minutely', 2);
    await hasTicked('secondly', 2);
    const [first, second] = ticksOf('minutely');
    expect(ticksOf('secondly')[0]?.status).toBeNull();
    expect(Date.parse(second?.status?.last ?? '')).toBeGreaterThanOrEqual((first?.at ?? Infinity) - 60_000);
  });

  test('a refusal of it keeps timers waiting until it lets the host in', async () => {
    storage.principals.revoke('blobs', objectId);
    try {
      await start();
      await expect
        .poll(() => lines.filter(({ message }) => message.includes('minutely" was unable to start')).length)
        .toBeGreaterThanOrEqual(2);
      expect(ticksOf('minutely')).toEqual([]);
    } finally {
      storage.principals.allow('blobs', objectId);
    }
    await hasTicked('minutely', 1);
  });

  test('two instances of an app run a timer once, and the other takes over', async () => {
    const first = await start({ instance: 'first' });
    await hasTicked('minutely', 1);
    await start({ instance: 'second' });
    await hasTicked('minutely', 3, 'first');
    expect(ticksOf('minutely').filter(({ instance }) => instance === 'second')).toEqual([]);
    await first.killHost();
    await hasTicked('minutely', 2, 'second');
    const minutes = ticksOf('minutely').map(({ at, isPastDue }) => `${isPastDue} ${Math.floor(at / 60_000)}`);
    expect(new Set(minutes).size).toBe(minutes.length);
  });

  test('a timer that was due meanwhile runs at once after a restart, and is told so', async () => {
    const first = await start({ instance: 'first' });
    await hasTicked('minutely', 1);
    await first.stop();
    const before = time.now().getTime();
    await expect.poll(() => time.now().getTime() - before).toBeGreaterThan(120_000);
    await start({ instance: 'second' });
    await hasTicked('minutely', 2, 'second');
    const ticks = ticksOf('minutely').filter(({ instance }) => instance === 'second');
    expect(ticks.map(({ isPastDue }) => isPastDue).slice(0, 2)).toEqual([true, false]);
  });
});

describe('what ends the host, and what it survives', () => {
  const send = (text: string) => queue.sendMessage(Buffer.from(text).toString('base64'));
  const hasTaken = (text: string) =>
    expect.poll(() => lines.map(({ message }) => message)).toContain(`took ${JSON.stringify(text)}`);
  const shutDowns = () => lines.filter(({ message }) => message.includes('Host is shutting down')).length;

  test('a queue that refuses it: what runs is finished, and it comes round again until it is let in', async () => {
    const host = await start();
    const slow = fetch(`${host.url}/api/slow`);
    await expect.poll(() => lines.map(({ message }) => message)).toContain('slow begins');
    storage.principals.revoke('queues', objectId);
    expect(await (await slow).text()).toBe('done');
    await expect.poll(() => host.starts).toBeGreaterThanOrEqual(3);
    expect(shutDowns()).toBeGreaterThanOrEqual(2);
    storage.principals.allow('queues', objectId);
    await send('after the refusal');
    await hasTaken('after the refusal');
    expect(await statusOf(host, '/api/open')).toBe(200);
  });

  test('an identity that is not assigned: round again until it is', async () => {
    identity.assign(false);
    const host = await start();
    await expect.poll(() => host.starts).toBeGreaterThanOrEqual(2);
    identity.assign(true);
    await send('after the assignment');
    await hasTaken('after the assignment');
  });

  test.each([
    ['a queue that is down', { kind: 'status', status: 503 }],
    ['a connection that breaks', { kind: 'reset-before' }],
  ] as const)('%s does not end it', async (name, effect) => {
    const host = await start();
    const fault = faults.add({ target: 'queues', effect, urlPattern: '/work/' });
    await expect
      .poll(() => lines.some(({ message }) => message.includes('Cannot look into queue "work"')))
      .toBe(true);
    faults.remove(fault);
    await send(name);
    await hasTaken(name);
    expect([host.starts, shutDowns()]).toEqual([1, 0]);
  });

  test('a host that is killed does not come back by itself', async () => {
    const host = await start();
    await host.killHost();
    expect(await host.exited).toBeUndefined();
    await expect(fetch(`${host.url}/api/open`)).rejects.toThrow();
  });
});

describe('what the host itself tells Application Insights', () => {
  const connectionString = () => telemetry.connectionString;
  const requestsTold = () =>
    telemetry.items.filter((item) => (item.data as { baseType?: string }).baseType === 'RequestData').length;

  test.each<[string, object, number]>([
    ['by default', {}, 3],
    ['as the category says', { 'Host.Results': 'None' }, 0],
    ['failures alone', { 'Host.Results': 'Error' }, 1],
    ['as what the category is part of says', { Host: 'Warning' }, 1],
    ['as the default says, where nothing else does', { default: 'None', Function: 'Trace' }, 0],
  ])('executions %s', async (_, logLevel, told) => {
    const source = `import { app } from '@azure/functions';
      app.http('well', { handler: () => ({ body: 'well' }) });
      app.http('badly', { handler: () => { throw new Error('no'); } });`;
    const host = await start({
      appDirectory: await buildApp(source, { host: { logging: { logLevel } } }),
      environment: {
        NODE_EXTRA_CA_CERTS: tls.caFile,
        APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString(),
      },
    });
    const before = requestsTold();
    for (const path of ['/api/well', '/api/badly', '/api/well']) {
      await fetch(`${host.url}${path}`);
    }
    await host.stop();
    expect(requestsTold() - before).toBe(told);
  });
});

test('on a developer’s machine no key is asked for', async () => {
  const host = await start({ isLocal: true });
  expect(await statusOf(host, '/api/keyed')).toBe(200);
  expect(await statusOf(host, webhook, notification)).toBe(202);
});
