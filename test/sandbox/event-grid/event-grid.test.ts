import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BlobServiceClient } from '@azure/storage-blob';
import type { BlobItem } from '@azure/storage-blob';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEventGrid } from '../../../sandbox/event-grid/event-grid.ts';
import type { EventGrid, EventGridOptions } from '../../../sandbox/event-grid/event-grid.ts';
import { FaultRegistry } from '../../../sandbox/faults.ts';
import { startStorage } from '../../../sandbox/storage/storage.ts';
import { tokenOf } from '../harness/token.ts';
import { trustedTls } from '../harness/trusted-tls.ts';
import { operation } from './operation.ts';

interface Delivered {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

const faults = new FaultRegistry();
let server: Server;
let url: string;
let requests: Delivered[];
/** Statuses that the endpoint answers notifications with, in turn; 202 when used up. `hang`: no answer. */
let script: (number | 'hang' | 'reset')[];
let grid: EventGrid;
const trouble: string[] = [];

beforeEach(async () => {
  requests = [];
  script = [];
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString();
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      const { headers, method = '' } = request;
      if (headers['aeg-event-type'] === 'SubscriptionValidation') {
        const [event] = body as { data: { validationCode: string } }[];
        response.end(JSON.stringify({ validationResponse: event?.data.validationCode }));
        return;
      }
      if (method === 'OPTIONS') {
        response.setHeader('webhook-allowed-origin', headers['webhook-request-origin'] as string);
        response.end();
        return;
      }
      requests.push({ method, headers, body });
      const next = script.shift() ?? 202;
      if (next === 'reset') {
        request.socket.destroy();
      } else if (next !== 'hang') {
        response.writeHead(next).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  grid = make();
});
afterEach(() => {
  grid.stop();
  server.closeAllConnections();
  server.close();
  faults.clear();
  vi.useRealTimers();
});

function make(options: Partial<EventGridOptions> = {}): EventGrid {
  return createEventGrid({
    faults,
    tenantId: '00000000-0000-0000-0000-00000000000a',
    random: () => 0.5,
    onTrouble: (line) => trouble.push(line),
    ...options,
  });
}

function eventsOf({ body }: Delivered): Record<string, unknown>[] {
  return (Array.isArray(body) ? body : [body]) as Record<string, unknown>[];
}

const subscribe = (more: object = {}): Promise<void> =>
  grid.subscribe({ name: 'one', endpointUrl: url, ...more });

describe('creation', () => {
  test.each<[string, object, string]>([
    [
      '26 filters',
      { advancedFilters: Array.from({ length: 26 }, () => ({ operatorType: 'IsNotNull', key: 'data.a' })) },
      '26 advanced filters',
    ],
    [
      '26 values over two filters',
      {
        advancedFilters: [13, 13].map((length) => ({
          operatorType: 'StringIn',
          key: 'data.operationName',
          values: Array.from({ length }, (_, index) => `v${index}`),
        })),
      },
      '26 filter values',
    ],
    [
      'a long value',
      { advancedFilters: [{ operatorType: 'StringIn', key: 'subject', values: ['x'.repeat(513)] }] },
      '512',
    ],
    [
      'a claim name with dots',
      { advancedFilters: [{ operatorType: 'IsNotNull', key: 'data.claims.http://schemas.x/y' }] },
      'filter key',
    ],
    ['31 attempts', { retryPolicy: { maxAttempts: 31 } }, 'maxAttempts is 31'],
    ['more than a day', { retryPolicy: { ttlMinutes: 1441 } }, 'ttlMinutes is 1441'],
    [
      'types of two topics',
      {
        eventTypes: [
          'Microsoft.Resources.ResourceWriteSuccess',
          'Microsoft.ResourceNotifications.Resources.CreatedOrUpdated',
        ],
      },
      'two topics',
    ],
  ])('%s: refused', async (_, subscription, why) => {
    await expect(subscribe(subscription)).rejects.toThrow(why);
  });

  test('25 values are allowed, a second subscription of the name is not', async () => {
    const values = Array.from({ length: 25 }, (_, index) => `v${index}`);
    await subscribe({ advancedFilters: [{ operatorType: 'StringIn', key: 'data.operationName', values }] });
    await expect(subscribe()).rejects.toThrow('it exists');
  });

  test.each(['EventGridSchema', 'CloudEventSchemaV1_0'])(
    'an endpoint that does not shake hands is refused (%s)',
    async (schema) => {
      const silent = createServer((_, response) => response.end('{}'));
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const endpointUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
      await expect(subscribe({ endpointUrl, schema })).rejects.toThrow('refused the handshake');
      silent.close();
    },
  );
});

describe('delivery', () => {
  test('an event arrives alone, with its headers', async () => {
    await subscribe({ eventTypes: ['Microsoft.Resources.ResourceWriteSuccess'] });
    grid.publish(operation());
    await grid.idle();
    expect(requests).toHaveLength(1);
    expect(requests[0]!.headers).toMatchObject({
      'aeg-event-type': 'Notification',
      'aeg-subscription-name': 'ONE',
      'aeg-delivery-count': '0',
      'content-type': 'application/json; charset=utf-8',
    });
    expect(requests[0]!.body).toMatchObject([{ eventType: 'Microsoft.Resources.ResourceWriteSuccess' }]);
    expect(grid.stats()).toMatchObject({ published: 2, accepted: 1, delivered: 1, attempts: 1, waiting: 0 });
  });

  test('as CloudEvents it is an object, a batch of them an array', async () => {
    const eventTypes = ['Microsoft.Resources.ResourceWriteSuccess'];
    await subscribe({ schema: 'CloudEventSchemaV1_0', eventTypes });
    grid.publish(operation());
    await grid.idle();
    expect(requests[0]!.body).toMatchObject({
      specversion: '1.0',
      type: 'Microsoft.Resources.ResourceWriteSuccess',
      source: '/subscriptions/00000000-0000-0000-0000-000000000001',
    });
    expect(requests[0]!.body).not.toHaveProperty('dataVersion');
    grid.unsubscribe('one');
    await subscribe({ schema: 'CloudEventSchemaV1_0', eventTypes, maxEventsPerBatch: 2 });
    grid.publish(operation());
    await grid.idle();
    expect(requests[1]!.body).toHaveLength(1);
    expect(requests[1]!.headers['content-type']).toContain('cloudevents-batch');
  });

  test('operation names are compared without regard to case', async () => {
    await subscribe({
      advancedFilters: [
        {
          operatorType: 'StringIn',
          key: 'Data.OperationName',
          values: ['MICROSOFT.STORAGE/storageaccounts/WRITE'],
        },
      ],
    });
    grid.publish(operation());
    grid.publish(
      operation({ operationName: 'Microsoft.Storage/storageAccounts/listKeys/action', kind: 'action' }),
    );
    await grid.idle();
    expect(requests.flatMap(eventsOf)).toHaveLength(1);
  });

  test('a subscription can be bound to some Azure subscriptions', async () => {
    await subscribe({ subscriptionIds: ['00000000-0000-0000-0000-000000000009'] });
    grid.publish(operation());
    expect(grid.stats().accepted).toBe(0);
  });

  test('a full batch goes as one request and comes back as one', async () => {
    await subscribe({ eventTypes: ['Microsoft.Resources.ResourceWriteSuccess'], maxEventsPerBatch: 10 });
    script = ['reset'];
    grid.disturb({ copies: 3 });
    grid.publish(operation());
    await expect.poll(() => grid.stats().attempts).toBe(3);
    await grid.flush();
    await grid.idle();
    expect(requests.map((request) => eventsOf(request).length)).toEqual([3, 3]);
    expect(grid.stats()).toMatchObject({ attempts: 6, delivered: 3 });
  });

  test.each<[number | 'reset', boolean]>([
    [200, true],
    [201, true],
    [202, true],
    [203, true],
    [204, true],
    [205, false],
    [206, false],
    [302, false],
    [404, false],
    [429, false],
    [500, false],
    [503, false],
    ['reset', false],
  ])('%s: delivered %s, and tried again if not', async (answer, isDelivered) => {
    await subscribe({ eventTypes: ['Microsoft.Resources.ResourceWriteSuccess'] });
    script = [answer];
    grid.publish(operation());
    await expect.poll(() => requests.length).toBe(1);
    await grid.flush();
    await grid.idle();
    expect(requests).toHaveLength(isDelivered ? 1 : 2);
    const ids = new Set(requests.flatMap(eventsOf).map(({ id }) => id));
    expect(ids.size).toBe(1);
    expect(requests.at(-1)!.headers['aeg-delivery-count']).toBe(isDelivered ? '0' : '1');
  });

  test.each([400, 401, 403, 413])('%s is never tried again: dropped and counted', async (status) => {
    await subscribe({ eventTypes: ['Microsoft.Resources.ResourceWriteSuccess'] });
    script = [status];
    grid.publish(operation());
    await grid.idle();
    await grid.flush();
    expect(requests).toHaveLength(1);
    expect(grid.stats()).toMatchObject({ dropped: 1, delivered: 0 });
    expect(trouble.at(-1)).toContain('is dropped');
  });

  test('no answer within the acknowledgement window counts as a failed attempt', async () => {
    grid = make({ acknowledgementMs: 50 });
    await subscribe({ eventTypes: ['Microsoft.Resources.ResourceWriteSuccess'] });
    script = ['hang'];
    grid.publish(operation());
    await expect.poll(() => trouble.at(-1)).toContain('TimedOut');
    await grid.flush();
    expect(grid.stats()).toMatchObject({ attempts: 2, delivered: 1 });
  });

  test('attempts end after maxAttempts', async () => {
    await subscribe({
      eventTypes: ['Microsoft.Resources.ResourceWriteSuccess'],
      retryPolicy: { maxAttempts: 3 },
    });
    script = [500, 500, 500, 500];
    grid.publish(operation());
    await expect.poll(() => requests.length).toBe(1);
    await grid.flush();
    await grid.flush();
    await grid.flush();
    expect(requests).toHaveLength(3);
    expect(grid.stats()).toMatchObject({ dropped: 1, waiting: 0 });
  });

  test('time to live is looked at before the next attempt', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await subscribe({
      eventTypes: ['Microsoft.Resources.ResourceWriteSuccess'],
      retryPolicy: { ttlMinutes: 1 },
    });
    script = [500];
    grid.publish(operation());
    await expect.poll(() => trouble.at(-1)).toContain('attempt 1');
    vi.setSystemTime(Date.now() + 61_000);
    await grid.flush();
    expect(requests).toHaveLength(1);
    expect(grid.stats()).toMatchObject({ dropped: 1, waiting: 0 });
  });
});

describe('disturbances and faults', () => {
  const only = { eventTypes: ['Microsoft.Resources.ResourceWriteSuccess'] };

  test('copies carry the same id', async () => {
    await subscribe(only);
    grid.disturb({ copies: 10 });
    grid.publish(operation());
    await grid.idle();
    expect(requests).toHaveLength(10);
    expect(new Set(requests.flatMap(eventsOf).map(({ id }) => id)).size).toBe(1);
  });

  test('delays change the order', async () => {
    const draws = [0.9, 0.1];
    let turn = 0;
    grid = make({ random: () => (turn % 3 === 0 ? 0.5 : (draws[(turn - 1) % 2] ?? 0)) });
    turn = 1;
    await subscribe(only);
    grid.disturb({ delayMs: [0, 100] });
    grid.publish(operation({ correlationId: 'first' }));
    turn = 2;
    grid.publish(operation({ correlationId: 'second' }));
    await grid.idle();
    expect(
      requests.flatMap(eventsOf).map(({ data }) => (data as { correlationId: string }).correlationId),
    ).toEqual(['second', 'first']);
  });

  test('a lost event is counted and never arrives', async () => {
    await subscribe(only);
    faults.add({ target: 'event-grid', effect: { kind: 'lose' }, times: 1 });
    grid.publish(operation());
    grid.publish(operation());
    await grid.idle();
    expect(requests).toHaveLength(1);
    expect(grid.stats()).toMatchObject({ lost: 1 });
    grid.disturb({ lossRate: 1 });
    grid.publish(operation());
    await grid.idle();
    expect(requests).toHaveLength(1);
  });

  test('an outage of Event Grid breaks the first attempt', async () => {
    await subscribe(only);
    faults.add({ target: 'event-grid', effect: { kind: 'reset-before' }, times: 1 });
    grid.publish(operation());
    await expect.poll(() => trouble.at(-1)).toContain('SocketError');
    expect(requests).toHaveLength(0);
    await grid.flush();
    expect(requests).toHaveLength(1);
  });
});

test('what cannot be delivered becomes a blob that says why', async () => {
  const objectId = '11111111-1111-1111-1111-111111111111';
  const tls = await trustedTls();
  const storage = await startStorage({ tls, faults, principals: { blobs: [objectId] } });
  try {
    const container = new BlobServiceClient(storage.urls.blobs, tokenOf(objectId)).getContainerClient('dead');
    grid = make({ ca: tls.ca });
    await subscribe({
      eventTypes: ['Microsoft.Resources.ResourceWriteSuccess'],
      retryPolicy: { maxAttempts: 2 },
      deadLetter: {
        containerUrl: `${storage.urls.blobs}/dead`,
        getToken: async () => (await tokenOf(objectId).getToken()).token,
      },
    });
    script = [500, 404];
    grid.publish(operation());
    await expect.poll(() => requests.length).toBe(1);
    await grid.flush();
    // The container is not there yet: the letter waits.
    await grid.flush();
    expect(grid.stats()).toMatchObject({ deadLettered: 0, waiting: 1 });
    await container.create();
    await grid.flush();
    expect(grid.stats()).toMatchObject({ deadLettered: 1, waiting: 0, dropped: 0 });
    const first = await container.listBlobsFlat().next();
    const blob = first.value as BlobItem | undefined;
    expect(blob?.name).toMatch(/^one\/\d{4}\/\d{1,2}\/\d{1,2}\/\d{1,2}\/[0-9a-f-]{36}\.json$/);
    const letters: unknown = JSON.parse(
      (await container.getBlobClient(blob?.name ?? '').downloadToBuffer()).toString(),
    );
    expect(letters).toMatchObject([
      {
        eventType: 'Microsoft.Resources.ResourceWriteSuccess',
        deadLetterReason: 'MaxDeliveryAttemptsExceeded',
        deliveryAttempts: 2,
        lastDeliveryOutcome: 'NotFound',
        publishTime: expect.any(String) as string,
        lastDeliveryAttemptTime: expect.any(String) as string,
      },
    ]);
  } finally {
    await storage.stop();
  }
});
