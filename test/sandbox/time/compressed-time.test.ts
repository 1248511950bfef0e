import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultRegistry } from '../../../sandbox/faults.ts';
import { startHost } from '../../../sandbox/host/start-host.ts';
import type { FunctionsHost, HostLog } from '../../../sandbox/host/start-host.ts';
import { startStorage } from '../../../sandbox/storage/storage.ts';
import type { Storage } from '../../../sandbox/storage/storage.ts';
import { compressTime } from '../../../sandbox/time/compressed-time.ts';
import { buildApp } from '../harness/build-app.ts';
import { hostStorageOf } from '../harness/host-storage.ts';
import { identityOf } from '../harness/identity.ts';
import { tokenOf } from '../harness/token.ts';
import { trustedTls } from '../harness/trusted-tls.ts';

const run = promisify(execFile);
const factor = 240;
const time = compressTime(factor);
const environment = { PATH: process.env.PATH ?? '', ...time.environment };
const node = async (...args: string[]): Promise<string> =>
  (await run(process.execPath, args, { env: environment })).stdout;

describe('one process', () => {
  test('every way of waiting is shortened, none ends early, and dates stay dates', async () => {
    const printed = JSON.parse(await node('test/fixtures/apps/timers.mjs')) as {
      measured: Record<string, [number, number]>;
      dates: object;
    };
    expect(Object.keys(printed.measured)).toHaveLength(8);
    for (const [name, [realMs, simulatedMs]] of Object.entries(printed.measured)) {
      expect(realMs, name).toBeLessThan(5_000);
      // Node's timers are exact to a real millisecond.
      expect(simulatedMs, name).toBeGreaterThanOrEqual(24_000 - factor);
    }
    expect(printed.dates).toEqual({
      instance: true,
      constructor: true,
      called: true,
      given: 5,
      parts: 3,
      utc: 86_400_000,
    });
  });

  test('a factor without an origin is refused, and no factor changes nothing', async () => {
    const { NODE_OPTIONS = '' } = time.environment;
    const bare = run(process.execPath, ['-p', '1'], { env: { NODE_OPTIONS, SANDBOX_TIME_FACTOR: '240' } });
    await expect(bare).rejects.toThrow('Cannot compress time');
    const before = Date.now();
    const { stdout } = await run(process.execPath, ['-p', 'Date.now()'], { env: { NODE_OPTIONS } });
    expect(Number(stdout)).toBeGreaterThanOrEqual(before);
    expect(Number(stdout)).toBeLessThanOrEqual(Date.now());
  });
});

test('processes agree on the time: each reads between two readings here', async () => {
  for (let round = 0; round < 3; round += 1) {
    const before = time.now().getTime();
    const seen = await Promise.all([node('-p', 'Date.now()'), node('-p', 'new Date().getTime()')]);
    const after = time.now().getTime();
    for (const one of seen.map(Number)) {
      expect(one).toBeGreaterThanOrEqual(before - factor);
      expect(one).toBeLessThanOrEqual(after + factor);
    }
  }
});

describe('Azurite and the functions host', () => {
  const objectId = '11111111-1111-1111-1111-111111111111';
  const lines: HostLog[] = [];
  let storage: Storage;
  let host: FunctionsHost;
  let stopIdentity: () => void;
  let fail: QueueClient;

  beforeAll(async () => {
    const tls = await trustedTls();
    storage = await startStorage({
      tls,
      faults: new FaultRegistry(),
      principals: { queues: [objectId], blobs: [objectId] },
      environment: time.environment,
    });
    fail = new QueueClient(`${storage.urls.queues}/fail`, tokenOf(objectId));
    await fail.create();
    const identity = await identityOf(objectId);
    stopIdentity = identity.stop;
    const queues = { maxPollingInterval: '00:00:01', visibilityTimeout: '00:00:30' };
    host = await startHost({
      appDirectory: await buildApp(readFileSync('test/fixtures/apps/clock.mjs', 'utf8'), {
        host: { extensions: { queues } },
      }),
      role: 'clock',
      environment: {
        ...time.environment,
        ...identity.settings,
        NODE_EXTRA_CA_CERTS: tls.caFile,
        State__queueServiceUri: storage.urls.queues,
        State__credential: 'managedidentity',
        ...hostStorageOf(storage),
      },
      onLog: (line) => lines.push(line),
    });
  });
  afterAll(async () => {
    await host.stop();
    stopIdentity();
    await storage.stop();
  });

  const said = (word: string): number[] =>
    lines.flatMap(({ message }) => (message.startsWith(`${word} `) ? [Number(message.split(' ')[1])] : []));

  test('a message hidden for 30 s is back after 30/240 s', async () => {
    const queue = new QueueClient(`${storage.urls.queues}/hidden`, tokenOf(objectId));
    await queue.create();
    await queue.sendMessage('x');
    const { receivedMessageItems } = await queue.receiveMessages({ visibilityTimeout: 30 });
    const hiddenUntil = receivedMessageItems[0]!.nextVisibleOn.getTime();
    await expect
      .poll(async () => (await queue.receiveMessages()).receivedMessageItems.length, { interval: 5 })
      .toBe(1);
    expect(time.now().getTime()).toBeGreaterThanOrEqual(hiddenUntil);
  });

  test('the five attempts of a message are 30 s apart each', async () => {
    await fail.sendMessage(Buffer.from('x').toString('base64'));
    await expect.poll(() => said('attempt').length).toBe(5);
    const times = said('attempt');
    for (const [index, at] of times.slice(1).entries()) {
      expect(at - times[index]!).toBeGreaterThanOrEqual(29_000);
    }
  });

  test('a timer ticks on the compressed minute', async () => {
    await expect.poll(() => said('tick').length).toBeGreaterThanOrEqual(3);
    const minutes = said('tick').map((at) => Math.floor(at / 60_000));
    expect(new Set(minutes).size).toBe(minutes.length);
  });

  test('a connection that is idle for a simulated quarter of an hour still works', async () => {
    const queue = new QueueClient(`${storage.urls.queues}/hidden`, tokenOf(objectId));
    await queue.getProperties();
    const end = time.now().getTime() + 900_000;
    await expect.poll(() => time.now().getTime(), { interval: 200 }).toBeGreaterThan(end);
    await queue.getProperties();
    expect((await fetch(`${host.url}/admin/host/ping`)).status).toBe(200);
  });
});
