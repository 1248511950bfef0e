import { readFileSync } from 'node:fs';
import { exchange } from '../../../sandbox/wire/exchange.ts';
import { startHost } from '../../../sandbox/host/start-host.ts';
import type { FunctionsHost } from '../../../sandbox/host/start-host.ts';
import { reservePort } from '../../../sandbox/wire/listening.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../harness/build-app.ts';
import { trustedTls } from '../harness/trusted-tls.ts';

let host: FunctionsHost;
let port: number;

beforeAll(async () => {
  const reserved = await reservePort();
  port = reserved.port;
  await reserved.release();
  const source = readFileSync('test/fixtures/apps/web.mjs', 'utf8');
  host = await startHost({
    appDirectory: await buildApp(source, { host: { extensions: { http: { routePrefix: '' } } } }),
    role: 'web',
    environment: { AzureWebJobsDisableHomepage: 'true' },
    tls: await trustedTls(),
    port,
  });
});
afterAll(() => host.stop());

const call = async (method: string, path: string, more: { headers?: object; body?: Buffer } = {}) => {
  const { status, headers, body } = await exchange({
    url: host.url + path,
    method,
    headers: { ...more.headers },
    ...(more.body === undefined ? {} : { body: more.body }),
  });
  return { status, headers, text: body.toString() };
};

test.each<[string, string | null]>([
  ['/', null],
  ['/cases/a/b', 'cases/a/b'],
  ['/cases/a%20b', 'cases/a b'],
  ['/cases/a%2Fb', 'cases/a%2Fb'],
  ['/cases/%zz', 'cases/%zz'],
  ['/cases/%ff', 'cases/%ff'],
])('the page function takes %s', async (path, seen) => {
  const { status, text } = await call('GET', path);
  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({ path: seen, url: `https://localhost:${port}${path}` });
});

test('what has a route of its own goes there', async () => {
  expect((await call('GET', '/api/cases')).text).toBe('api cases');
  expect((await call('GET', '/api')).text).toBe('api undefined');
});

test('HEAD is answered without a body, and other methods are not there', async () => {
  expect(await call('HEAD', '/')).toMatchObject({ status: 200, text: '' });
  expect((await call('DELETE', '/cases')).status).toBe(404);
  // Nothing of ours takes it, and the host's homepage is disabled.
  expect((await call('DELETE', '/')).status).toBe(204);
});

test('a form arrives byte by byte', async () => {
  const body = Buffer.from([0x61, 0x3d, 0xff, 0x00, 0xc3, 0xa9]);
  const { text } = await call('POST', '/decide', {
    headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: 'a=b; c=d' },
    body,
  });
  expect(JSON.parse(text)).toMatchObject({ bytes: [...body], cookie: 'a=b; c=d' });
});

test('cookies keep their attributes; values are escaped as in Azure', async () => {
  const { headers } = await call('GET', '/');
  expect(headers['set-cookie']).toEqual([
    'plain=1; HttpOnly',
    '__Host-session=a.b-c_d; max-age=60; path=/; secure; samesite=lax; httponly',
    'escaped=%7B%22a%22%3A1%7D; path=/',
  ]);
});
