import { readFileSync } from 'node:fs';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultRegistry } from '../../../sandbox/faults.ts';
import { startHost } from '../../../sandbox/host/start-host.ts';
import type { FunctionsHost, HostLog } from '../../../sandbox/host/start-host.ts';
import { startStorage } from '../../../sandbox/storage/storage.ts';
import type { Storage } from '../../../sandbox/storage/storage.ts';
import { buildApp } from '../harness/build-app.ts';
import { hostStorageOf } from '../harness/host-storage.ts';
import { identityOf } from '../harness/identity.ts';
import { tokenOf } from '../harness/token.ts';
import { trustedTls } from '../harness/trusted-tls.ts';

const objectId = '11111111-1111-1111-1111-111111111111';
const faults = new FaultRegistry();
const lines: HostLog[] = [];
let storage: Storage;
let identity: Awaited<ReturnType<typeof identityOf>>;
let host: FunctionsHost;
let queues: QueueServiceClient;

beforeAll(async () => {
  const tls = await trustedTls();
  storage = await startStorage({ tls, faults, principals: { queues: [objectId], blobs: [objectId] } });
  identity = await identityOf(objectId);
  queues = new QueueServiceClient(storage.urls.queues, tokenOf(objectId));
  await queues.getQueueClient('work').create();
  const source = readFileSync('test/fixtures/apps/all.mjs', 'utf8');
  const extensions = {
    http: { routePrefix: 'api' },
    queues: { maxPollingInterval: '00:00:00.2', visibilityTimeout: '00:00:00' },
  };
  host = await startHost({
    appDirectory: await buildApp(source, { host: { extensions } }),
    role: 'all',
    environment: {
      ...identity.settings,
      NODE_EXTRA_CA_CERTS: tls.caFile,
      WORK_QUEUE: 'work',
      State__queueServiceUri: storage.urls.queues,
      State__credential: 'managedidentity',
      State__clientId: 'c0ffee00-0000-0000-0000-000000000000',
      ...hostStorageOf(storage),
      AzureWebJobsDisableHomepage: 'true',
    },
    onLog: (line) => lines.push(line),
  });
});
afterAll(async () => {
  await host.stop();
  identity.stop();
  await storage.stop();
});

/** What functions said they heard, as the fixture app prints it. */
function heard(key: string): Record<string, unknown>[] {
  return lines
    .filter(({ message }) => message.startsWith(`heard {"${key}"`))
    .map(({ message }) => JSON.parse(message.slice('heard '.length)) as Record<string, unknown>);
}

async function call(path: string, options: RequestInit = {}): Promise<[number, string, Headers]> {
  const response = await fetch(host.url + path, options);
  return [response.status, await response.text(), response.headers];
}

async function messagesOf(queue: string): Promise<string[]> {
  const { receivedMessageItems } = await queues
    .getQueueClient(queue)
    .receiveMessages({ numberOfMessages: 32, visibilityTimeout: 600 });
  return receivedMessageItems.map(({ messageText }) => Buffer.from(messageText, 'base64').toString());
}

async function put(message: unknown, queue = 'work'): Promise<void> {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  await queues.getQueueClient(queue).sendMessage(Buffer.from(text).toString('base64'));
}

describe('HTTP', () => {
  test.each<[string, string, string, number, string]>([
    ['GET', '/api/plain', 'default methods, text', 200, 'hello'],
    ['POST', '/api/plain', 'default methods', 200, 'hello'],
    ['PUT', '/api/plain', 'a wrong method is not found', 404, ''],
    ['HEAD', '/api/plain', 'HEAD is a method like others', 404, ''],
    ['GET', '/API/PLAIN', 'routes without regard to case', 200, 'hello'],
    ['GET', '/plain', 'no route without the prefix', 404, ''],
    ['GET', '/api/unknown', 'unknown', 404, ''],
    ['GET', '/api/nothing', 'undefined', 204, ''],
    ['GET', '/api/thrower', 'a throw', 500, ''],
    ['GET', '/api/bare-string', 'a bare string', 500, ''],
    ['GET', '/api/bad-status', 'a bad status', 500, ''],
    ['GET', '/api/cases/seven', 'a constraint', 404, ''],
    ['GET', '/api/files', 'an empty catch-all', 200, 'none'],
    ['GET', '/api/files/a/b%20c', 'a catch-all', 200, 'a/b c'],
    ['GET', '/api/needs-function', 'no key', 401, ''],
    ['GET', '/api/needs-function?code=wrong', 'a wrong key', 401, ''],
    ['GET', '/api/needs-function?code=FUNCTION', 'the function key', 200, 'in'],
    ['GET', '/api/needs-function?code=MASTER', 'the master key', 200, 'in'],
    ['GET', '/api/needs-admin?code=FUNCTION', 'admin by function key', 401, ''],
    ['GET', '/api/needs-admin?code=MASTER', 'admin by master key', 200, 'in'],
    ['GET', '/', 'the root, its homepage disabled', 204, ''],
    ['PUT', '/', 'the root by any method', 204, ''],
    ['OPTIONS', '/', 'the root by any method', 204, ''],
    ['GET', '//host/x', 'two slashes are no host', 404, ''],
  ])('%s %s: %s', async (method, path, _, status, body) => {
    const url = path.replace('FUNCTION', host.functionKey).replace('MASTER', host.masterKey);
    const [gotStatus, gotBody, headers] = await call(url, { method });
    expect([gotStatus, gotBody]).toEqual([status, body]);
    expect(headers.get('www-authenticate')).toBeNull();
  });

  test.each<[string, string]>([
    ['/api/unknown', '0'],
    ['/api/needs-function', '0'],
    ['/api/thrower', '0'],
    ['/api/empty', '0'],
  ])('%s says that its answer is empty', async (path, length) => {
    expect((await call(path))[2].get('content-length')).toBe(length);
  });

  test.each<[string, RequestInit & { duplex?: 'half' }, unknown]>([
    ['with its length', { body: '{"a":1}' }, { a: 1 }],
    ['in chunks', { body: new Blob(['{"a":1}']).stream(), duplex: 'half' }, null],
    ['of no length', { body: '' }, null],
  ])('a body %s', async (_, options, seen) => {
    const [status, body] = await call('/api/body', { method: 'POST', ...options });
    expect([status, JSON.parse(body)]).toEqual([200, { seen }]);
  });

  test('text is text, bodies are parsed, headers and parameters arrive', async () => {
    expect((await call('/api/plain'))[2].get('content-type')).toBe('text/plain;charset=UTF-8');
    expect((await call('/api/json', { method: 'PUT', body: '{"a":1}' })).slice(0, 2)).toEqual([
      201,
      '{"got":{"a":1}}',
    ]);
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const [, body] = await call('/api/cases/7/close?q=a%26b', {
      headers: { 'X-MIXED-case': 'v', traceparent: `00-${trace}-b7ad6b7169203331-01` },
    });
    expect(JSON.parse(body)).toEqual({
      params: { id: '7', action: 'close' },
      query: { q: 'a&b' },
      header: 'v',
      traceParent: expect.stringMatching(`^00-${trace}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`) as string,
    });
    expect((await call('/api/cookie'))[2].get('set-cookie')).toBe('a=b; path=/; samesite=strict; httponly');
  });
});

describe('Event Grid webhook', () => {
  const path = '/runtime/webhooks/eventgrid';
  const notification = { 'aeg-event-type': 'Notification' };
  const event = (id: string, data?: object): object => ({ id, ...(data ? { data } : {}) });
  const validation = [{ id: '1', data: { validationCode: 'c0de' } }];

  test.each<[string, RequestInit & { query?: string; path?: string }, number, string]>([
    [
      'validation',
      { headers: { 'aeg-event-type': 'SubscriptionValidation' }, body: JSON.stringify(validation) },
      200,
      '{"validationResponse":"c0de"}',
    ],
    ['all well', { headers: notification, body: JSON.stringify([event('a'), event('b')]) }, 202, ''],
    [
      'one of a batch throws',
      { headers: notification, body: JSON.stringify([event('c'), event('d', { fail: true })]) },
      500,
      'Exception while executing function: Functions.receive',
    ],
    [
      'the path in another case',
      { headers: notification, body: '[]', path: '/RUNTIME/webhooks/EventGrid' },
      202,
      '',
    ],
    [
      'unknown function',
      { headers: notification, body: '[]', query: 'functionName=unknown' },
      404,
      "cannot find function: 'unknown'",
    ],
    [
      'function in another case',
      { headers: notification, body: '[]', query: 'functionName=Receive' },
      404,
      "cannot find function: 'Receive'",
    ],
    ['function missing', { headers: notification, body: '[]', query: '' }, 404, "cannot find function: ''"],
    [
      'function of another trigger',
      { headers: notification, body: '[]', query: 'functionName=plain' },
      404,
      "cannot find function: 'plain'",
    ],
    ['no event type', { body: '[]' }, 400, ''],
    ['GET', { method: 'GET' }, 400, ''],
    ['unsubscribe', { headers: { 'aeg-event-type': 'Unsubscribe' }, body: '[]' }, 202, ''],
    ['an empty batch', { headers: notification, body: '[]' }, 202, ''],
    ['a single object', { headers: notification, body: JSON.stringify(event('e')) }, 202, ''],
    [
      'a CloudEvents object',
      { headers: notification, body: JSON.stringify({ ...event('f'), specversion: '1.0', type: 't' }) },
      202,
      '',
    ],
    ['not JSON', { headers: notification, body: '{' }, 500, ''],
    ['a text for an event', { headers: notification, body: '["x"]' }, 500, ''],
    ['null for an event', { headers: notification, body: 'null' }, 500, ''],
    ['null among events', { headers: notification, body: JSON.stringify([event('g'), null]) }, 500, ''],
    ['a list for an event', { headers: notification, body: '[[]]' }, 500, ''],
    [
      'an event deeper than its parser goes',
      { headers: notification, body: `{"id":"h","data":${'['.repeat(50_000)}${']'.repeat(50_000)}}` },
      500,
      '',
    ],
    [
      'brackets in a text',
      { headers: notification, body: JSON.stringify(event('i', { text: `"${'['.repeat(100)}` })) },
      202,
      '',
    ],
    [
      'events in chunks',
      {
        headers: notification,
        body: new Blob([JSON.stringify([event('j')])]).stream(),
        duplex: 'half',
      },
      202,
      '',
    ],
    [
      'validation of nothing',
      { headers: { 'aeg-event-type': 'SubscriptionValidation' }, body: '[null]' },
      200,
      '{}',
    ],
  ])('%s', async (_, { query = 'functionName=receive', path: own = path, ...options }, status, body) => {
    const answer = await call(`${own}?${query}&code=${host.systemKey}`, { method: 'POST', ...options });
    expect(answer.slice(0, 2)).toEqual([status, body]);
    if (body !== '') {
      expect(answer[2].get('content-type')).toBe('text/plain; charset=utf-8');
    }
  });

  test('events reach the handler one by one, with as little as id and data', () => {
    expect(heard('event').map((entry) => entry.event)).toEqual(
      expect.arrayContaining(['a', 'b', 'c', 'd', 'e', 'f', 'i', 'j']),
    );
    expect(heard('event').find((entry) => entry.event === 'd')).toMatchObject({ data: { fail: true } });
  });

  test.each<[string, boolean, number, string | null]>([
    ['/runtime/webhooks/unknown', false, 401, 'Bearer'],
    ['/runtime/webhooks/unknown', true, 404, null],
    ['/runtime/anything', false, 404, null],
  ])('%s with the master key %s is the host’s', async (own, withKey, status, challenge) => {
    const headers: Record<string, string> = withKey ? { 'x-functions-key': host.masterKey } : {};
    const answer = await call(own, { headers });
    expect([answer[0], answer[1], answer[2].get('www-authenticate')]).toEqual([status, '', challenge]);
  });

  test('OPTIONS answers the CloudEvents handshake', async () => {
    const [status, , headers] = await call(`${path}?functionName=receive&code=${host.systemKey}`, {
      method: 'OPTIONS',
      headers: { 'WebHook-Request-Origin': 'eventgrid.azure.net' },
    });
    expect([status, headers.get('webhook-allowed-origin')]).toEqual([200, 'eventgrid.azure.net']);
  });

  test.each<[string, () => string | undefined, number, string | null]>([
    ['no key', () => undefined, 401, 'Bearer'],
    ['a wrong key', () => 'wrong', 401, null],
    ['a function key', () => host.functionKey, 403, null],
    ['the system key', () => host.systemKey, 202, null],
    ['the master key', () => host.masterKey, 202, null],
  ])('%s', async (_, key, status, challenge) => {
    const send = async (query: string, headers: Record<string, string>): Promise<[number, string | null]> => {
      const answer = await call(`${path}?functionName=receive${query}`, {
        method: 'POST',
        headers: { ...notification, ...headers },
        body: '[]',
      });
      return [answer[0], answer[2].get('www-authenticate')];
    };
    const value = key();
    expect(await send(value === undefined ? '' : `&code=${value}`, {})).toEqual([status, challenge]);
    expect(await send('', value === undefined ? {} : { 'x-functions-key': value })).toEqual([
      status,
      challenge,
    ]);
  });
});

describe('queue trigger', () => {
  const gotMessages = (): unknown[] => heard('message').map((entry) => entry.message);

  test.each<[string, unknown]>([
    ['{"k":"object"}', { k: 'object' }],
    ['123', 123],
    ['"quoted"', 'quoted'],
    ['plain text', 'plain text'],
  ])('%s reaches the handler parsed where it parses', async (text, expected) => {
    await put(text);
    await expect.poll(gotMessages).toContainEqual(expected);
  });

  test('the metadata are those of the message', async () => {
    await put({ k: 'metadata' });
    const found = (): Record<string, unknown> | undefined =>
      heard('message').find((entry) => (entry.message as { k?: string }).k === 'metadata');
    await expect.poll(found).toBeDefined();
    expect(Object.keys(found()?.metadata as object).sort()).toEqual([
      'dequeueCount',
      'expirationTime',
      'id',
      'insertionTime',
      'nextVisibleTime',
      'popReceipt',
      'queueTrigger',
    ]);
    expect(found()?.metadata).toMatchObject({ dequeueCount: 1, queueTrigger: { k: 'metadata' } });
    expect(found()?.trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });

  test('a message that throws is tried five times and goes to the poison queue', async () => {
    await put({ k: 'poison', fail: true });
    const attempts = (): unknown[] =>
      heard('message')
        .filter((entry) => (entry.message as { k?: string }).k === 'poison')
        .map((entry) => (entry.metadata as { dequeueCount: number }).dequeueCount);
    await expect.poll(attempts).toEqual([1, 2, 3, 4, 5]);
    await expect
      .poll(() => messagesOf('work-poison').catch(() => []))
      .toEqual(['{"k":"poison","fail":true}']);
    expect(await messagesOf('work')).toEqual([]);
  });

  test('a message that is not base64 goes to the poison queue unseen', async () => {
    await queues.getQueueClient('work').sendMessage('not base64!');
    const poisoned = async (): Promise<string[]> => {
      const { peekedMessageItems } = await queues
        .getQueueClient('work-poison')
        .peekMessages({ numberOfMessages: 32 })
        .catch(() => ({ peekedMessageItems: [] }));
      return peekedMessageItems.map(({ messageText }) => messageText);
    };
    await expect.poll(poisoned).toContain('not base64!');
  });

  test('messages run in parallel, hidden ten minutes while they run', async () => {
    const start = lines.length;
    await Promise.all(Array.from({ length: 12 }, () => put({ k: 'parallel', hold: 400 })));
    const since = (prefix: string): HostLog[] =>
      lines
        .slice(start)
        .filter(({ functionName, message }) => functionName === 'work' && message.startsWith(prefix));
    await expect.poll(() => since('heard {"after"').length).toBe(12);
    const firstEnd = since('heard {"after"')[0]?.time ?? '';
    expect(since('heard {"message"').filter(({ time }) => time < firstEnd).length).toBeGreaterThan(6);
    const { metadata } = heard('message').find(
      (entry) => (entry.message as { k?: string }).k === 'parallel',
    ) as { metadata: { nextVisibleTime: string; insertionTime: string } };
    const hiddenMs = Date.parse(metadata.nextVisibleTime) - Date.parse(metadata.insertionTime);
    expect(hiddenMs).toBeGreaterThan(590_000);
  });

  test('a function on a poison queue runs once, and its message stays hidden', async () => {
    await queues.getQueueClient('bad-poison').createIfNotExists();
    await put({ k: 'once' }, 'bad-poison');
    await expect.poll(() => heard('second')).toHaveLength(1);
    const { approximateMessagesCount } = await queues.getQueueClient('bad-poison').getProperties();
    expect([await messagesOf('bad-poison'), approximateMessagesCount]).toEqual([[], 1]);
  });
});

describe('queue output', () => {
  test.each<[string, number, string[]]>([
    ['object', 200, ['{\n  "a": {\n    "b": 1\n  }\n}']],
    ['array', 200, ['{\n  "n": 1\n}', 'two', '3']],
    ['array-text', 200, ['x', 'y']],
    ['text', 200, ['plain text']],
    ['number', 200, ['7']],
    ['bytes', 200, ['raw']],
    ['null', 200, []],
    ['undefined', 200, []],
    ['none', 200, []],
    ['empty', 200, ['']],
    ['throw', 500, []],
    ['large', 500, []],
  ])('%s', async (kind, status, messages) => {
    await queues.getQueueClient('out').createIfNotExists();
    expect((await call(`/api/put-out?kind=${kind}`, { method: 'POST' }))[0]).toBe(status);
    expect((await messagesOf('out')).sort()).toEqual([...messages].sort());
  });

  test('what an Event Grid function returns is sent, to a queue made on the way', async () => {
    await queues.getQueueClient('out').delete();
    const path = `/runtime/webhooks/eventgrid?functionName=forward&code=${host.systemKey}`;
    const [status] = await call(path, {
      method: 'POST',
      headers: { 'aeg-event-type': 'Notification' },
      body: '[{"id":"1"}]',
    });
    expect([status, await messagesOf('out')]).toEqual([202, ['{\n  "forwarded": "1"\n}']]);
  });
});

describe('timers', () => {
  test('a timer under a minute has no status and goes on after a throw', async () => {
    await expect.poll(() => heard('tick').length).toBeGreaterThanOrEqual(2);
    expect(heard('tick')[0]).toEqual({
      tick: { schedule: { adjustForDST: true }, scheduleStatus: null, isPastDue: false },
    });
  });

  test('an hourly one runs at start when told so, with a status', () => {
    expect(heard('hourly')[0]).toMatchObject({
      hourly: {
        isPastDue: false,
        scheduleStatus: { next: expect.stringMatching(/:00:00\.000Z$/) as string },
      },
    });
  });
});

describe('admin', () => {
  test.each<[string, string, boolean, number]>([
    ['GET', '/admin/host/ping', false, 200],
    ['GET', '/admin/host/status', false, 401],
    ['GET', '/admin/host/status', true, 200],
    ['GET', '/admin/functions', true, 200],
    ['GET', '/admin/functions/plain', true, 200],
    ['GET', '/admin/functions/plain/status', true, 200],
    ['GET', '/admin/functions/unknown', true, 404],
    ['GET', '/admin/host/keys', true, 200],
    ['GET', '/admin/host/systemkeys', true, 200],
    ['POST', '/admin/functions/tick', false, 401],
  ])('%s %s', async (method, path, withKey, status) => {
    const headers: Record<string, string> = withKey ? { 'x-functions-key': host.masterKey } : {};
    expect((await call(path, { method, headers }))[0]).toBe(status);
  });

  test('without the master key it asks for a token', async () => {
    const [status, , headers] = await call('/admin/host/status');
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  test('running a function is accepted at once; a queue function sees dequeueCount 0', async () => {
    const [status] = await call('/admin/functions/work', {
      method: 'POST',
      headers: { 'x-functions-key': host.masterKey },
      body: JSON.stringify({ input: '{"k":"by-hand","fail":true}' }),
    });
    expect(status).toBe(202);
    const found = (): unknown =>
      heard('message').find((entry) => (entry.message as { k?: string }).k === 'by-hand')?.metadata;
    await expect.poll(found).toMatchObject({ dequeueCount: 0 });
  });

  test('the status says Running and every function is listed', async () => {
    const headers = { 'x-functions-key': host.masterKey };
    expect(JSON.parse((await call('/admin/host/status', { headers }))[1])).toMatchObject({
      state: 'Running',
    });
    const listed = JSON.parse((await call('/admin/functions', { headers }))[1]) as { name: string }[];
    expect(listed.map(({ name }) => name)).toEqual(host.functions);
  });
});

describe('hooks and timings', () => {
  test('hooks run around each call and at the start', () => {
    expect(heard('before').length).toBeGreaterThan(0);
    expect(heard('after').length).toBeGreaterThan(0);
    expect(lines.map(({ message }) => message)).toContain('the app starts');
  });

  test('a start is measured', () => {
    const { spawnMs, importMs, registeredMs, firstInvocationMs = 0 } = host.timings;
    expect(spawnMs).toBeGreaterThan(0);
    expect(importMs).toBeGreaterThan(0);
    expect(registeredMs).toBeGreaterThanOrEqual(spawnMs + importMs);
    expect(firstInvocationMs).toBeGreaterThan(registeredMs);
  });
});

describe('death of the worker', () => {
  test('a running call gets 500, the message comes back, and the next worker answers', async () => {
    const slow = call('/api/slow');
    await put({ k: 'survivor', hold: 3_000 });
    await expect.poll(() => lines.some(({ message }) => message.includes('"survivor"'))).toBe(true);
    await host.kill();
    expect((await slow).slice(0, 2)).toEqual([500, '']);
    // Waits for the worker that the host starts after half a second.
    expect((await call('/api/plain')).slice(0, 2)).toEqual([200, 'hello']);
    await host.whenReady();
    await expect
      .poll(() => heard('message').filter((entry) => JSON.stringify(entry).includes('survivor')).length)
      .toBeGreaterThanOrEqual(2);
  });
});

test('SIGTERM lets a call in flight finish and runs the hooks for the end', async () => {
  const slow = call('/api/slow');
  const calls = (): number => lines.filter(({ message }) => message === 'heard {"before":"slow"}').length;
  const before = calls();
  await expect.poll(calls).toBeGreaterThanOrEqual(Math.max(before, 2));
  await host.stop();
  expect((await slow).slice(0, 2)).toEqual([200, 'done']);
  expect(lines.map(({ message }) => message)).toContain('the app ends');
  expect(await host.exited).toBe(0);
});
