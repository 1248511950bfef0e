import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { credentialOf } from '../../sandbox/deploy.ts';
import type { GridEvent } from '../../sandbox/event-grid/event.ts';
import { account } from '../support/estate.ts';
import type { Deployed, KnownAccount } from './deployed.ts';
import { becomes, callsOf, group, runFunction, settled, startDeployed, subscribeAgain } from './deployed.ts';
import { eventually } from './eventually.ts';
import { entriesOf, messagesIn, queueOf, workOf } from './records.ts';

let deployed: Deployed;

beforeAll(async () => {
  deployed = await startDeployed({ eventGrid: { deadLetterDelayMs: 50 } });
});
afterAll(() => deployed.stop());
afterEach(() => deployed.cloud.faults.clear());

/** The newest entry of the chain `service` of a kind, once there are more than before. */
async function nextServiceEntry(kind: string, act: () => Promise<unknown>) {
  const find = async () => (await entriesOf(deployed.cloud, 'service')).filter((one) => one.kind === kind);
  const before = (await find()).length;
  await act();
  const entries = await eventually(`a new entry "${kind}"`, async () => {
    const found = await find();
    return found.length > before && found;
  });
  return entries.at(-1)!;
}

/** Delivers a body to the webhook as Event Grid does. */
const postEvents = (body: unknown) =>
  fetch(deployed.host.eventGridUrl('receive-resource-event'), {
    method: 'POST',
    headers: { 'aeg-event-type': 'Notification', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('a resource notification', () => {
  const eventTypes = ['Microsoft.ResourceNotifications.Resources.CreatedOrUpdated'];

  beforeAll(() =>
    subscribeAgain(deployed, deployed.host, { name: 'notifications', eventTypes, advancedFilters: [] }),
  );
  afterAll(() => deployed.cloud.eventGrid.unsubscribe('notifications'));

  /** Resolves when the row of an account says that an event was dealt with. */
  const isDealtWith = (id: string, eventId: string) =>
    eventually('the notification is dealt with', async () => {
      const row = await workOf(deployed.cloud, id);
      return row?.known.includes(eventId) === true && row.notes.length === 0 && row.claim === undefined;
    });

  const publish = async ({ id, name }: KnownAccount, properties: object): Promise<void> => {
    const event = notificationOf(account(deployed.subscription, name), properties);
    deployed.cloud.eventGrid.publishEvent(event);
    await isDealtWith(id, event.id);
  };

  test('that says everything that matters clears an account in sync without a call', async () => {
    const known = deployed.nextAccount();
    await publish(known, {});
    expect(callsOf(deployed, known.id)).toEqual({ reads: 0, writes: 0 });
  });

  test.each([
    ['leaves out what matters', { publicNetworkAccess: undefined }],
    ['tells of drift', { allowBlobPublicAccess: 1 }],
    ['has words where numbers stand for booleans', { allowBlobPublicAccess: 'false' }],
  ])('that %s costs one read', async (_, properties) => {
    const known = deployed.nextAccount();
    await publish(known, properties);
    expect(callsOf(deployed, known.id)).toEqual({ reads: 1, writes: 0 });
  });

  test('of a real write closes what it opened', async () => {
    deployed.cloud.eventGrid.unsubscribe('leakstop-resources');
    const { id, name } = deployed.nextAccount();
    await deployed.person.storageAccounts.update(group, name, { minimumTlsVersion: 'TLS1_0' });
    await becomes(deployed, id, 'minimumTlsVersion', 'TLS1_2');
    await settled(deployed);
    await subscribeAgain(deployed, deployed.host, {});
  });
});

test('dead letters are read: what they name is closed, and they go away', async () => {
  const { id, name } = deployed.nextAccount();
  await subscribeAgain(deployed, deployed.host, { retryPolicy: { maxAttempts: 1 } });
  deployed.cloud.faults.add({ target: 'queues', effect: { kind: 'status', status: 503 }, methods: ['POST'] });
  await deployed.person.storageAccounts.update(group, name, { allowBlobPublicAccess: true });
  await eventually(
    'Event Grid gives up',
    () => deployed.cloud.eventGrid.stats('leakstop-resources').deadLettered > 0,
  );
  expect(await blobsIn('dead-letters')).toHaveLength(1);
  deployed.cloud.faults.clear();
  await subscribeAgain(deployed, deployed.host, {});
  await runFunction(deployed.host, 'read-dead-letters');
  await becomes(deployed, id, 'allowBlobPublicAccess', false);
  await eventually('the dead letter is gone', async () => (await blobsIn('dead-letters')).length === 0);
});

test('a dead letter that cannot be read is recorded and set aside', async () => {
  const container = blobService().getContainerClient('dead-letters');
  await container.getBlockBlobClient('leakstop-resources/broken.json').upload('no JSON', 7);
  const entry = await nextServiceEntry('event-unreadable', () =>
    runFunction(deployed.host, 'read-dead-letters'),
  );
  expect(entry.body.payload).toMatchObject({ event: 'leakstop-resources/broken.json' });
  await eventually('it is set aside', async () => {
    const names = await blobsIn('dead-letters');
    return names.join() === 'unreadable/leakstop-resources/broken.json';
  });
});

test('an event that cannot be read is accepted and recorded', async () => {
  const broken = { id: 'broken-1', eventType: 'Microsoft.Resources.ResourceWriteSuccess', data: 'none' };
  const entry = await nextServiceEntry('event-unreadable', async () => {
    expect((await postEvents([broken])).status).toBe(202);
  });
  expect(entry.body.payload).toMatchObject({ event: 'broken-1' });
});

test('an id longer than any of Azure is accepted and recorded once, not delivered for a day', async () => {
  const { id } = deployed.nextAccount();
  const event = {
    id: 'endless-1',
    eventType: 'Microsoft.Resources.ResourceWriteSuccess',
    eventTime: new Date().toISOString(),
    subject: `${id}${'s'.repeat(1_000_000)}`,
  };
  const entry = await nextServiceEntry('event-unreadable', async () => {
    expect((await postEvents([event])).status).toBe(202);
  });
  expect(entry.body.payload).toMatchObject({ event: 'endless-1' });
  expect(JSON.stringify(entry.body).length).toBeLessThan(1_000);
});

test.each<[string, object]>([
  ['texts', { claims: '{claims}', authorization: '{authorization}', httpRequest: '' }],
  [
    'null',
    { claims: null, authorization: null, correlationId: null, operationName: null, resourceUri: null },
  ],
])('a leak is closed whose event has %s where objects are documented', async (_, data) => {
  const { id, name } = deployed.nextAccount();
  deployed.cloud.eventGrid.unsubscribe('leakstop-resources');
  await deployed.person.storageAccounts.update(group, name, { allowBlobPublicAccess: true });
  const event = {
    id: crypto.randomUUID(),
    eventType: 'Microsoft.Resources.ResourceWriteSuccess',
    eventTime: new Date().toISOString(),
    subject: id,
    data,
  };
  expect((await postEvents([event])).status).toBe(202);
  await becomes(deployed, id, 'allowBlobPublicAccess', false);
  await subscribeAgain(deployed, deployed.host, {});
});

test('a message that is not ours is recorded', async () => {
  const text = Buffer.from(JSON.stringify({ hello: 1 })).toString('base64');
  const entry = await nextServiceEntry('work-failed', () =>
    queueOf(deployed.cloud, 'reconcile').sendMessage(text),
  );
  expect(String(entry.body.payload.reason)).toContain('Cannot read the message');
  await eventually('it is off the queue', async () => (await messagesIn(deployed.cloud, 'reconcile')) === 0);
});

test('a message that the host gave up on is recorded', async () => {
  const request = { format: 1, root: deployed.nextAccount().id, postponed: 0 };
  const text = Buffer.from(JSON.stringify(request)).toString('base64');
  await queueOf(deployed.cloud, 'reconcile-poison').createIfNotExists();
  const entry = await nextServiceEntry('work-failed', () =>
    queueOf(deployed.cloud, 'reconcile-poison').sendMessage(text),
  );
  expect(entry.body).toMatchObject({ resource: request.root });
  await eventually('it is off the poison queue', async () => {
    return (await messagesIn(deployed.cloud, 'reconcile-poison')) === 0;
  });
});

// No function ever sees such a message, so that only the host can tell of it.
test('a message that is not base64 is kept in the poison queue, and the log says so', async () => {
  for (const name of ['reconcile', 'inbox']) {
    const poison = `${name}-poison`;
    await queueOf(deployed.cloud, name).sendMessage('{not base64}');
    await eventually(
      'it is in the poison queue',
      async () => (await messagesIn(deployed.cloud, poison)) === 1,
    );
    expect(await messagesIn(deployed.cloud, name)).toBe(0);
    await eventually('the log tells', () =>
      deployed.log.some(({ level, message }) => level === 'error' && message.includes(`"${poison}"`)),
    );
  }
  const { url, functionKey } = deployed.host;
  const health = async () => {
    const answer = await fetch(`${url}/api/health`, { headers: { 'x-functions-key': functionKey } });
    return [answer.status, await answer.json()];
  };
  expect(await health()).toEqual([503, { role: 'worker', state: 'messages-stuck', messages: 2 }]);
  const entry = await nextServiceEntry('sweep-completed', async () => {
    await runFunction(deployed.host, 'sweep-subscriptions');
    // Looks that the sweep asked for are waited for first.
    await eventually('the sweep is told of', async () => {
      await runFunction(deployed.host, 'resume-sweep');
      return (await entriesOf(deployed.cloud, 'service')).some(({ kind }) => kind === 'sweep-completed');
    });
  });
  expect(entry.body.payload).toMatchObject({ stuckMessages: 2 });
  expect(deployed.log.map(({ message }) => message)).toContainEqual(
    expect.stringContaining('"alert":"leakstop-messages-stuck","count":2'),
  );
  for (const poison of ['reconcile-poison', 'inbox-poison']) {
    await queueOf(deployed.cloud, poison).clearMessages();
  }
  expect(await health()).toEqual([200, { role: 'worker', state: 'running' }]);
});

/** A notification as Azure sends it, with booleans as numbers, of an account in sync but for what is given. */
function notificationOf(body: ReturnType<typeof account>, change: object): GridEvent {
  const { encryption, ...properties } = body.properties;
  return {
    id: crypto.randomUUID(),
    topic: `/subscriptions/${deployed.subscription}`,
    subject: body.id,
    eventType: 'Microsoft.ResourceNotifications.Resources.CreatedOrUpdated',
    eventTime: new Date().toISOString(),
    data: {
      resourceInfo: {
        ...body,
        properties: {
          ...properties,
          allowBlobPublicAccess: 0,
          supportsHttpsTrafficOnly: 1,
          allowSharedKeyAccess: 0,
          encryption: { ...encryption, requireInfrastructureEncryption: 1 },
          ...change,
        },
      },
      apiVersion: '2019-06-01',
      operationalInfo: { resourceEventTime: new Date().toISOString() },
    },
    dataVersion: '1',
    metadataVersion: '1',
  };
}

function blobService(): BlobServiceClient {
  const { azure, storage } = deployed.cloud;
  return new BlobServiceClient(storage.urls.blobs, credentialOf(azure, azure.operator));
}

async function blobsIn(container: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of blobService().getContainerClient(container).listBlobsFlat()) {
    names.push(name);
  }
  return names;
}
