import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultRegistry } from '../../../sandbox/faults.ts';
import type { DataRight } from '../../../sandbox/storage/principals.ts';
import { startStorage, type Storage } from '../../../sandbox/storage/storage.ts';
import { tokenOf } from '../harness/token.ts';
import { trustedTls } from '../harness/trusted-tls.ts';

const owner = '11111111-1111-1111-1111-111111111111';
const noRetries = { retryOptions: { maxRetries: 0 } };
const one = { retryOptions: { maxTries: 1 } };
let storage: Storage;

beforeAll(async () => {
  storage = await startStorage({
    tls: await trustedTls(),
    faults: new FaultRegistry(),
    principals: { tables: [owner], queues: [owner], blobs: [owner] },
  });
  const { tables, queue, container } = clientsOf(owner);
  await Promise.all([
    ...['mine', 'other'].map((name) => tables(name).createTable()),
    ...['mine', 'other'].map((name) => queue(name).create()),
    ...['mine', 'other'].map((name) => container(name).create()),
  ]);
});
afterAll(() => storage.stop());

/** The real clients of somebody. */
function clientsOf(objectId: string) {
  const token = tokenOf(objectId);
  const queues = new QueueServiceClient(storage.urls.queues, token, one);
  const blobs = new BlobServiceClient(storage.urls.blobs, token, one);
  return {
    tables: (name: string) => new TableClient(storage.urls.tables, name, token, noRetries),
    queue: (name: string) => queues.getQueueClient(name),
    container: (name: string) => blobs.getContainerClient(name),
    queues,
    blobs,
  };
}

type Clients = ReturnType<typeof clientsOf>;

/** Somebody with these rights on what is called `mine`, and with nothing else. */
function somebodyWith(service: DataRight['service'], actions: readonly string[]): string {
  const objectId = crypto.randomUUID();
  actions.forEach((action) => storage.principals.grant(objectId, { service, name: 'mine', action }));
  return objectId;
}

const row = () => ({ partitionKey: 'p', rowKey: crypto.randomUUID() });
const existing = async (): Promise<{ partitionKey: string; rowKey: string; etag: string }> => {
  const keys = row();
  const { etag = '' } = await clientsOf(owner).tables('mine').createEntity(keys);
  return { ...keys, etag };
};
/** A blob that is there. */
const blob = async (): Promise<string> => {
  const name = crypto.randomUUID();
  await clientsOf(owner).container('mine').getBlockBlobClient(name).upload('old', 3);
  return name;
};
const message = async () => {
  await clientsOf(owner).queue('mine').clearMessages();
  await clientsOf(owner).queue('mine').sendMessage('aGVsbG8=');
  const { receivedMessageItems } = await clientsOf(owner).queue('mine').receiveMessages();
  return receivedMessageItems[0] ?? expect.fail('no message');
};

type Case = readonly [
  string,
  DataRight['service'],
  readonly string[],
  (clients: Clients) => Promise<unknown>,
];

/** Each call with every least set of actions that allows it. Names and alternatives are those of the REST reference. */
const calls: readonly Case[] = [
  [
    'reads an entity',
    'tables',
    ['entities/read'],
    ({ tables }) =>
      existing().then(({ partitionKey, rowKey }) => tables('mine').getEntity(partitionKey, rowKey)),
  ],
  [
    'queries entities',
    'tables',
    ['entities/read'],
    ({ tables }) => tables('mine').listEntities().byPage().next(),
  ],
  [
    'inserts an entity',
    'tables',
    ['entities/add/action'],
    ({ tables }) => tables('mine').createEntity(row()),
  ],
  [
    'inserts an entity by write',
    'tables',
    ['entities/write'],
    ({ tables }) => tables('mine').createEntity(row()),
  ],
  [
    'replaces an entity',
    'tables',
    ['entities/update/action'],
    ({ tables }) =>
      existing().then(({ etag, ...keys }) => tables('mine').updateEntity(keys, 'Replace', { etag })),
  ],
  [
    'merges an entity',
    'tables',
    ['entities/update/action'],
    ({ tables }) =>
      existing().then(({ etag, ...keys }) => tables('mine').updateEntity(keys, 'Merge', { etag })),
  ],
  [
    'inserts or replaces',
    'tables',
    ['entities/add/action', 'entities/update/action'],
    ({ tables }) => tables('mine').upsertEntity(row(), 'Replace'),
  ],
  [
    'inserts or merges by write',
    'tables',
    ['entities/write'],
    ({ tables }) => tables('mine').upsertEntity(row(), 'Merge'),
  ],
  [
    'deletes an entity',
    'tables',
    ['entities/delete'],
    ({ tables }) =>
      existing().then(({ partitionKey, rowKey }) => tables('mine').deleteEntity(partitionKey, rowKey)),
  ],
  [
    'inserts in a transaction',
    'tables',
    ['entities/add/action'],
    ({ tables }) => tables('mine').submitTransaction([['create', row()]]),
  ],
  [
    'inserts, replaces and deletes in one transaction',
    'tables',
    ['entities/add/action', 'entities/update/action', 'entities/delete'],
    async ({ tables }) => {
      const [replaced, deleted] = [await existing(), await existing()];
      const { etag, ...keys } = replaced;
      await tables('mine').submitTransaction([
        ['create', row()],
        ['update', keys, 'Replace', { etag }],
        ['delete', deleted],
      ]);
    },
  ],
  ['adds a message', 'queues', ['messages/add/action'], ({ queue }) => queue('mine').sendMessage('eA==')],
  ['adds a message by write', 'queues', ['messages/write'], ({ queue }) => queue('mine').sendMessage('eA==')],
  ['takes messages', 'queues', ['messages/process/action'], ({ queue }) => queue('mine').receiveMessages()],
  [
    'takes messages by read and delete',
    'queues',
    ['messages/read', 'messages/delete'],
    ({ queue }) => queue('mine').receiveMessages(),
  ],
  ['looks at messages', 'queues', ['messages/read'], ({ queue }) => queue('mine').peekMessages()],
  [
    'puts a message back',
    'queues',
    ['messages/write'],
    ({ queue }) =>
      message().then((one) => queue('mine').updateMessage(one.messageId, one.popReceipt, undefined, 1)),
  ],
  [
    'removes a message',
    'queues',
    ['messages/process/action'],
    ({ queue }) => message().then((one) => queue('mine').deleteMessage(one.messageId, one.popReceipt)),
  ],
  ['empties a queue', 'queues', ['messages/delete'], ({ queue }) => queue('mine').clearMessages()],
  ['counts messages', 'queues', ['read'], ({ queue }) => queue('mine').getProperties()],
  [
    'reads a blob',
    'blobs',
    ['blobs/read'],
    ({ container }) => blob().then((name) => container('mine').getBlobClient(name).downloadToBuffer()),
  ],
  [
    'lists blobs',
    'blobs',
    ['blobs/read'],
    ({ container }) => container('mine').listBlobsFlat().byPage().next(),
  ],
  [
    'adds a blob',
    'blobs',
    ['blobs/add/action'],
    ({ container }) => container('mine').getBlockBlobClient(crypto.randomUUID()).upload('new', 3),
  ],
  [
    'replaces a blob',
    'blobs',
    ['blobs/write'],
    ({ container }) => blob().then((name) => container('mine').getBlockBlobClient(name).upload('new', 3)),
  ],
  [
    'removes a blob',
    'blobs',
    ['blobs/delete'],
    ({ container }) => blob().then((name) => container('mine').getBlobClient(name).delete()),
  ],
];

const everyAction: Readonly<Record<DataRight['service'], readonly string[]>> = {
  tables: [
    'entities/read',
    'entities/add/action',
    'entities/update/action',
    'entities/write',
    'entities/delete',
  ],
  queues: [
    'read',
    'messages/read',
    'messages/add/action',
    'messages/write',
    'messages/process/action',
    'messages/delete',
  ],
  blobs: ['read', 'blobs/read', 'blobs/add/action', 'blobs/write', 'blobs/delete'],
};

/** Any one action of these suffices for what others are named for: it implies them. */
const alsoAllow: Readonly<Record<string, readonly string[]>> = {
  'inserts an entity': ['entities/write'],
  'inserts an entity by write': ['entities/add/action'],
  'replaces an entity': ['entities/write'],
  'merges an entity': ['entities/write'],
  'inserts or replaces': ['entities/write'],
  'inserts or merges by write': ['entities/add/action', 'entities/update/action'],
  'inserts in a transaction': ['entities/write'],
  'inserts, replaces and deletes in one transaction': ['entities/write'],
  'adds a message': ['messages/write'],
  'adds a message by write': ['messages/add/action'],
  'takes messages': ['messages/read', 'messages/delete'],
  'takes messages by read and delete': ['messages/process/action'],
  'removes a message': ['messages/delete'],
  'adds a blob': ['blobs/write'],
};

const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (error as { statusCode?: number }).statusCode,
  );

describe.each(calls)('who %s', (name, service, actions, call) => {
  test(`needs ${actions.join(' and ')}, and needs no more`, async () => {
    expect(await outcomeOf(call(clientsOf(somebodyWith(service, actions))))).toBe('done');
  });

  test('is refused with one of them less, whatever else is held', async () => {
    const others = everyAction[service].filter(
      (action) => !actions.includes(action) && alsoAllow[name]?.includes(action) !== true,
    );
    for (const left of actions) {
      const held = [...others, ...actions.filter((action) => action !== left)];
      expect(await outcomeOf(call(clientsOf(somebodyWith(service, held)))), left).toBe(403);
    }
  });
});

describe('rights', () => {
  test('on one table, queue or container are none on another', async () => {
    const attempts = [
      clientsOf(somebodyWith('tables', everyAction.tables)).tables('other').createEntity(row()),
      clientsOf(somebodyWith('queues', everyAction.queues)).queue('other').sendMessage('eA=='),
      clientsOf(somebodyWith('blobs', everyAction.blobs)).container('other').listBlobsFlat().byPage().next(),
    ];
    expect(await Promise.all(attempts.map(outcomeOf))).toEqual([403, 403, 403]);
  });

  test('on one container are none on the account', async () => {
    const { queues, blobs, tables } = clientsOf(somebodyWith('blobs', everyAction.blobs));
    const attempts = [blobs.getProperties(), queues.getProperties(), tables('mine').createTable()];
    expect(await Promise.all(attempts.map(outcomeOf))).toEqual([403, 403, 403]);
  });

  test('to add a blob replace none: the blob stays as it is, with an error code of its own', async () => {
    const name = await blob();
    const upload = clientsOf(somebodyWith('blobs', ['blobs/add/action', 'blobs/read']))
      .container('mine')
      .getBlockBlobClient(name)
      .upload('new', 3);
    await expect(upload).rejects.toMatchObject({ statusCode: 403, code: 'UnauthorizedBlobOverwrite' });
    const content = await clientsOf(owner).container('mine').getBlobClient(name).downloadToBuffer();
    expect(content.toString()).toBe('old');
  });

  test('are remembered as they are used, and so is what was refused', async () => {
    const somebody = somebodyWith('queues', ['messages/add/action']);
    const { queue } = clientsOf(somebody);
    await queue('mine').sendMessage('eA==');
    await outcomeOf(queue('mine').peekMessages());
    expect(storage.principals.usedBy(somebody)).toEqual(['queues mine messages/add/action']);
    expect(storage.principals.refusedTo(somebody)).toEqual(['queues mine messages/read']);
  });

  test('that are suspended come back as they were', async () => {
    const somebody = somebodyWith('queues', ['messages/read']);
    const look = () => outcomeOf(clientsOf(somebody).queue('mine').peekMessages());
    storage.principals.suspend('queues', somebody);
    expect(await look()).toBe(403);
    storage.principals.restore('queues', somebody);
    expect(await look()).toBe('done');
  });
});
