import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHost } from '../../sandbox/host/start-host.ts';
import type { FunctionsHost } from '../../sandbox/host/start-host.ts';
import { parseOptions } from '../../sandbox/show/options.ts';
import { webhookOf } from '../../sandbox/show/outside-host.ts';
import { openScreen } from '../../sandbox/show/screen.ts';
import { Show } from '../../sandbox/show/show.ts';
import { reservePort } from '../../sandbox/wire/listening.ts';
import { copyBuiltApp } from '../e2e/built-app.ts';
import { eventually } from '../e2e/eventually.ts';

let show: Show;
let host: FunctionsHost | undefined;
let printed = '';
let directory: string;
let hostUrl: string;
let port: number;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'leakstop-no-hosts-'));
  const reserved = await reservePort();
  ({ port } = reserved);
  await reserved.release();
  hostUrl = `http://127.0.0.1:${port}`;
  const write = (text: string): boolean => {
    printed += text;
    return true;
  };
  show = new Show({
    screen: openScreen({ write }, {}),
    repository: process.cwd(),
    directory,
    options: parseOptions(['--no-build', '--no-hosts', '--host', hostUrl]),
  });
  expect(await show.play()).toBe(0);
  void show.stayOpen().catch(() => undefined);
});
afterAll(async () => {
  await host?.stop();
  await show.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** The settings that were written for a shell. */
function settingsOf(file: string): Record<string, string> {
  const lines = readFileSync(join(directory, file), 'utf8').trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf("'") + 1, -1)]),
  );
}

async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const { adminUrl, armUrl, operator } = JSON.parse(
    readFileSync(join(directory, 'running.json'), 'utf8'),
  ) as Record<string, string>;
  const answer = await fetch(`${adminUrl}/tokens`, {
    method: 'POST',
    body: JSON.stringify({ principal: operator }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const response = await fetch(`${armUrl}${path}?api-version=2023-05-01`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
}

test('a host that is started elsewhere with the printed settings closes a leak', async () => {
  expect(printed).toContain('func start');
  expect(printed).toContain(`a host answers at ${hostUrl}`);
  expect(printed).not.toContain('ready  Functions host');
  const settings = settingsOf('worker.env');
  expect(settings).toMatchObject({ FUNCTIONS_WORKER_RUNTIME: 'node', LEAKSTOP_ROLE: 'worker' });
  expect(settingsOf('web.env')).toMatchObject({ LEAKSTOP_ROLE: 'web' });

  host = await startHost({
    appDirectory: await copyBuiltApp(),
    role: 'elsewhere',
    isLocal: true,
    port,
    environment: settings,
  });
  await eventually('events go to it', () =>
    printed.includes(`ready  Functions host: events go to ${hostUrl}`),
  );

  const [, path = ''] =
    /"\$ARM_URL(\/subscriptions[^]*?)\?api-version/.exec(printed.replaceAll('\\\n', '')) ?? [];
  await fetch(`${hostUrl}/admin/functions/take-baseline`, { method: 'POST', body: '{"input":""}' });
  await eventually('the baseline is taken', () => printed.includes('looked at for the first time'));
  await call('PATCH', path, { properties: { allowBlobPublicAccess: true } });
  await eventually(
    'it is shut',
    async () =>
      ((await call('GET', path)).properties as { allowBlobPublicAccess?: boolean }).allowBlobPublicAccess ===
      false,
  );
  await eventually('its case is closed, and that is told', () => /closed +Case closed/.test(printed));
});

test.each([
  [
    'http://localhost:7071',
    'http://localhost:7071/runtime/webhooks/EventGrid?functionName=receive-resource-event',
  ],
  [
    'http://localhost:7071/?code=key',
    'http://localhost:7071/runtime/webhooks/EventGrid?code=key&functionName=receive-resource-event',
  ],
])('%s has its webhook', (url, webhook) => {
  expect(webhookOf(url)).toBe(webhook);
});

test.each([
  [['--no-hosts', '--once'], 'leave "--once" out'],
  [['--host', 'localhost:7071'], 'is no http or https URL'],
])('%j is refused', (options, message) => {
  expect(() => parseOptions(options)).toThrow(message);
});
