import { describe, expect, test } from 'vitest';
import { startHost } from '../../../sandbox/host/start-host.ts';
import type { HostLog } from '../../../sandbox/host/start-host.ts';
import { buildApp } from '../harness/build-app.ts';

const queue = {
  State__queueServiceUri: 'https://localhost:1/leakstopstate',
  State__credential: 'managedidentity',
};
const functions = (body: string): string =>
  `import { app, output } from '@azure/functions'; const handler = () => ({}); ${body}`;

describe('what the real host hides ends this one', () => {
  test.each<[string, string, string]>([
    ['an entry file that throws', functions("throw new Error('broken at load')"), 'broken at load'],
    ['no function', functions(''), 'No function is registered'],
    [
      'one name twice',
      functions("app.http('a', { handler }); app.http('a', { handler })"),
      'registered twice: "a"',
    ],
    [
      'names that differ in case',
      functions("app.http('a', { handler }); app.http('A', { handler })"),
      'registered twice',
    ],
    [
      'two functions on one route',
      functions(
        "app.http('a', { handler, route: 'x/{id}' }); app.http('b', { handler, route: 'X/{other}' })",
      ),
      'Two functions on one route: "a" and "b"',
    ],
    ['a bad cron', functions("app.timer('t', { schedule: '*/5 * * * *', handler })"), 'not six fields'],
    [
      'a cron out of range',
      functions("app.timer('t', { schedule: '99 * * * * *', handler })"),
      'Constraint error',
    ],
    ['a bad function name', functions("app.http('1a', { handler })"), 'not a valid function name'],
    [
      'a bad queue name',
      functions("app.storageQueue('q', { queueName: 'Not_A_Queue', connection: 'State', handler })"),
      '"Not_A_Queue" cannot be the name of a queue',
    ],
    [
      'a missing connection',
      functions("app.storageQueue('q', { queueName: 'queue', connection: 'Missing', handler })"),
      'No app setting "Missing__queueServiceUri"',
    ],
    [
      'a connection string',
      functions("app.storageQueue('q', { queueName: 'queue', connection: 'Keyed', handler })"),
      '"Keyed" is a connection string',
    ],
    [
      'a missing app setting',
      functions("app.storageQueue('q', { queueName: '%QUEUE%', connection: 'State', handler })"),
      'No app setting "QUEUE"',
    ],
    [
      'a trigger that is not modelled',
      functions("app.serviceBusQueue('s', { queueName: 'q', connection: 'C', handler })"),
      'trigger "serviceBusTrigger" is not modelled',
    ],
  ])('%s', async (_, source, message) => {
    const appDirectory = await buildApp(source);
    const start = startHost({
      appDirectory,
      role: 'broken',
      environment: { ...queue, Keyed: 'AccountKey=x' },
    });
    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.toThrow('Cannot start "broken": it ended with 1');
  });

  test.each<[string, object, string]>([
    ['a version', { version: '1.0' }, 'version is "1.0"'],
    ['a batch size', { extensions: { queues: { batchSize: 33 } } }, 'batchSize is 33'],
    ['a time', { extensions: { queues: { maxPollingInterval: '1s' } } }, '"1s" is not hh:mm:ss'],
  ])('%s in host.json that is not allowed', async (_, host, message) => {
    const appDirectory = await buildApp(functions("app.http('a', { handler })"), { host });
    await expect(startHost({ appDirectory, role: 'broken', environment: {} })).rejects.toThrow(message);
  });
});

test.each(['esm', 'cjs'] as const)('a bundle in %s form registers and answers', async (format) => {
  const appDirectory = await buildApp(functions("app.http('a', { handler: () => ({ body: 'b' }) })"), {
    format,
  });
  const host = await startHost({ appDirectory, role: 'app', environment: {} });
  try {
    expect(host.functions).toEqual(['a']);
    expect(await (await fetch(`${host.url}/api/a`)).text()).toBe('b');
  } finally {
    await host.stop();
  }
});

test('a worker that dies again is started later; one that may not come back stays away', async () => {
  const lines: HostLog[] = [];
  const appDirectory = await buildApp(functions("app.http('a', { handler: () => ({ body: 'b' }) })"));
  const host = await startHost({
    appDirectory,
    role: 'app',
    environment: {},
    restartDelaysMs: [10, 20],
    onLog: (line) => lines.push(line),
  });
  try {
    for (const delay of [10, 20, 20]) {
      await host.kill();
      await host.whenReady();
      expect(lines.at(-1)?.message).toBe(`The worker died: SIGKILL; it is started again in ${delay} ms`);
    }
    expect((await fetch(`${host.url}/api/a`)).status).toBe(200);
  } finally {
    await host.stop();
  }
});

test('a host that is stopped answers the call in flight first', async () => {
  const appDirectory = await buildApp(
    functions(
      "app.http('slow', { handler: async (_, context) => { context.log('begun'); await new Promise((done) => setTimeout(done, 300)); return { body: 'done' }; } })",
    ),
  );
  const lines: HostLog[] = [];
  const onLog = (line: HostLog): void => void lines.push(line);
  const host = await startHost({ appDirectory, role: 'app', environment: {}, onLog });
  const slow = fetch(`${host.url}/api/slow`);
  await expect.poll(() => lines.map(({ message }) => message)).toContain('begun');
  await host.stop();
  expect(await (await slow).text()).toBe('done');
});

test('killing the host ends its worker too, and nothing comes back', async () => {
  const appDirectory = await buildApp(
    functions("app.http('pid', { handler: () => ({ body: String(process.pid) }) })"),
  );
  const host = await startHost({ appDirectory, role: 'app', environment: {} });
  const worker = Number(await (await fetch(`${host.url}/api/pid`)).text());
  await host.killHost();
  await expect.poll(() => isAlive(worker)).toBe(false);
  await expect(fetch(`${host.url}/api/pid`)).rejects.toThrow();
});

test('functions see their app settings and nothing of this process', async () => {
  process.env.LEAK_FROM_TEST = 'x';
  const appDirectory = await buildApp(
    functions("app.http('env', { handler: () => ({ jsonBody: process.env }) })"),
  );
  const host = await startHost({ appDirectory, role: 'app', environment: { SETTING: 'yes' } });
  try {
    const environment = (await (await fetch(`${host.url}/api/env`)).json()) as Record<string, string>;
    expect(environment).toMatchObject({ SETTING: 'yes' });
    expect(environment).not.toHaveProperty('LEAK_FROM_TEST');
    expect(JSON.stringify(environment)).not.toContain(host.masterKey);
  } finally {
    await host.stop();
    delete process.env.LEAK_FROM_TEST;
  }
});

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
