import { TableClient } from '@azure/data-tables';
import type { TransactionAction } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FaultRegistry } from '../../../sandbox/faults.ts';
import type { FaultEffect } from '../../../sandbox/faults.ts';
import { startStorage } from '../../../sandbox/storage/storage.ts';
import type { Storage } from '../../../sandbox/storage/storage.ts';
import { trustedTls } from '../harness/trusted-tls.ts';
import { tokenOf } from '../harness/token.ts';

const worker = tokenOf('11111111-1111-1111-1111-111111111111');
const stranger = tokenOf('22222222-2222-2222-2222-222222222222');
const onlyQueues = tokenOf('33333333-3333-3333-3333-333333333333');
const forger = tokenOf('11111111-1111-1111-1111-111111111111', 'forged');
const noRetries = { retryOptions: { maxRetries: 0 } };
const faults = new FaultRegistry();
let storage: Storage;

beforeAll(async () => {
  storage = await startStorage({
    tls: await trustedTls(),
    faults,
    isGenuine: (token) => Promise.resolve(token.endsWith('.c2lnbmF0dXJl')),
    principals: {
      tables: ['11111111-1111-1111-1111-111111111111'],
      queues: ['11111111-1111-1111-1111-111111111111', '33333333-3333-3333-3333-333333333333'],
      blobs: ['11111111-1111-1111-1111-111111111111'],
    },
  });
});
afterEach(() => faults.clear());
afterAll(() => storage.stop());

function table(name: string, credential = worker): TableClient {
  return new TableClient(storage.urls.tables, name, credential, noRetries);
}

function queue(name: string, credential = worker): QueueClient {
  return new QueueClient(`${storage.urls.queues}/${name}`, credential, { retryOptions: { maxTries: 1 } });
}

describe('tables', () => {
  test('an entity group transaction is all or nothing', async () => {
    const client = table('ledger');
    await client.createTable();
    const entries = Array.from({ length: 99 }, (_, index): TransactionAction => [
      'create',
      { partitionKey: 'chain', rowKey: `entry!${index}`, body: 'x' },
    ]);
    await client.submitTransaction([['create', { partitionKey: 'chain', rowKey: 'head' }], ...entries]);
    await expect(
      client.submitTransaction([
        ['create', { partitionKey: 'chain', rowKey: 'new' }],
        ['create', { partitionKey: 'chain', rowKey: 'head' }],
      ]),
    ).rejects.toMatchObject({ statusCode: 409 });
    await expect(client.getEntity('chain', 'new')).rejects.toMatchObject({ statusCode: 404 });
    const rows = (await client.listEntities().byPage().next()).value as unknown;
    expect(rows).toHaveLength(100);
  });

  test('a write under a stale ETag is refused with 412, alone and in a transaction', async () => {
    const client = table('etags');
    await client.createTable();
    const row = { partitionKey: 'p', rowKey: 'r' };
    const { etag = '' } = await client.createEntity({ ...row, value: 1 });
    await client.updateEntity({ ...row, value: 2 }, 'Replace', { etag });
    await expect(client.updateEntity({ ...row, value: 3 }, 'Replace', { etag })).rejects.toMatchObject({
      statusCode: 412,
    });
    await expect(
      client.submitTransaction([['update', { ...row, value: 3 }, 'Replace', { etag }]]),
    ).rejects.toMatchObject({ statusCode: 412 });
  });
});

test('a queue hides a received message and counts its receipts', async () => {
  const client = queue('work');
  await client.create();
  await client.sendMessage('aGVsbG8=');
  const first = await client.receiveMessages({ visibilityTimeout: 600 });
  const [received] = first.receivedMessageItems;
  expect(received).toMatchObject({ messageText: 'aGVsbG8=', dequeueCount: 1 });
  expect((await client.receiveMessages()).receivedMessageItems).toHaveLength(0);
  await client.updateMessage(received!.messageId, received!.popReceipt, undefined, 1);
  await expect
    .poll(async () => (await client.receiveMessages()).receivedMessageItems[0]?.dequeueCount)
    .toBe(2);
});

test('a blob is written once under If-None-Match', async () => {
  const container = new BlobServiceClient(storage.urls.blobs, worker).getContainerClient('policy');
  await container.create();
  const blob = container.getBlockBlobClient('a/b.json');
  await blob.upload('{}', 2, { conditions: { ifNoneMatch: '*' } });
  await expect(blob.upload('[]', 2, { conditions: { ifNoneMatch: '*' } })).rejects.toMatchObject({
    statusCode: 409,
  });
  expect((await blob.downloadToBuffer()).toString()).toBe('{}');
});

describe('who may call', () => {
  test('a principal without a data role gets 403 from each service', async () => {
    const denied = { statusCode: 403, code: 'AuthorizationPermissionMismatch' };
    const blobs = new BlobServiceClient(storage.urls.blobs, stranger);
    await expect(queue('work', stranger).getProperties()).rejects.toMatchObject(denied);
    await expect(blobs.getProperties()).rejects.toMatchObject(denied);
    await expect(table('ledger', stranger).getEntity('chain', 'head')).rejects.toMatchObject({
      statusCode: 403,
      details: { odataError: { code: 'AuthorizationPermissionMismatch' } },
    });
  });

  test('a role on queues opens no table', async () => {
    await queue('intake', onlyQueues).create();
    await expect(table('ledger', onlyQueues).getEntity('chain', 'head')).rejects.toMatchObject({
      statusCode: 403,
    });
  });

  test('a token that the tenant did not issue is refused with 401', async () => {
    await expect(queue('work', forger).getProperties()).rejects.toMatchObject({ statusCode: 401 });
  });

  test('a request without a token is refused, and so is one that is not a token', async () => {
    const anonymous = await fetch(`${storage.urls.queues}/work/messages`);
    const shared = await fetch(`${storage.urls.queues}/work/messages`, {
      headers: { authorization: 'SharedKey leakstopstate:c2ln' },
    });
    const garbled = await fetch(`${storage.urls.queues}/work/messages`, {
      headers: { authorization: 'Bearer x.y' },
    });
    expect([anonymous.status, shared.status, garbled.status]).toEqual([403, 403, 401]);
  });
});

describe('faults', () => {
  let client: TableClient;
  beforeAll(async () => {
    client = table('faults');
    await client.createTable();
  });
  const row = (rowKey: string): { partitionKey: string; rowKey: string } => ({ partitionKey: 'p', rowKey });
  const exists = (rowKey: string): Promise<boolean> =>
    client.getEntity('p', rowKey).then(
      () => true,
      () => false,
    );
  const once = (effect: FaultEffect): void => {
    faults.add({ target: 'tables', effect, methods: ['POST'], times: 1 });
  };

  test.each<[string, FaultEffect, object, boolean]>([
    ['503', { kind: 'status', status: 503, retryAfterInSeconds: 7 }, { statusCode: 503 }, false],
    ['reset-before', { kind: 'reset-before' }, { code: 'ECONNRESET' }, false],
    ['reset-after', { kind: 'reset-after' }, { code: 'ECONNRESET' }, true],
  ])('%s', async (name, effect, error, takesEffect) => {
    once(effect);
    await expect(client.createEntity(row(name))).rejects.toMatchObject(error);
    expect(await exists(name)).toBe(takesEffect);
  });

  test('hang-after: the call takes effect though the client gave up', async () => {
    once({ kind: 'hang-after', milliseconds: 60_000 });
    const call = client.createEntity(row('hang'), { abortSignal: AbortSignal.timeout(2_000) });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(await exists('hang')).toBe(true);
  });

  test('latency delays, and the SDK rides out two 503 with its retries', async () => {
    faults.add({ target: 'tables', effect: { kind: 'latency', milliseconds: 150 }, times: 1 });
    const start = performance.now();
    await client.createEntity(row('slow'));
    expect(performance.now() - start).toBeGreaterThanOrEqual(145);
    faults.add({ target: 'tables', effect: { kind: 'status', status: 503 }, times: 2 });
    const patient = new TableClient(storage.urls.tables, 'faults', worker, {
      retryOptions: { maxRetries: 3, retryDelayInMs: 1 },
    });
    await patient.createEntity(row('patient'));
  });

  test('calls are counted for each service and method', async () => {
    storage.resetCounts();
    await client.createEntity(row('counted'));
    await exists('counted');
    expect([storage.count('tables'), storage.count('tables', 'POST'), storage.count('queues')]).toEqual([
      2, 1, 0,
    ]);
  });
});

test('Azurite ends with the sandbox', async () => {
  const other = await startStorage({ tls: await trustedTls(), faults });
  const { processId = 0 } = other;
  expect(() => process.kill(processId, 0)).not.toThrow();
  await other.stop();
  expect(() => process.kill(processId, 0)).toThrow('ESRCH');
});
