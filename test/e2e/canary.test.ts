import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credentialOf } from '../../sandbox/deploy.ts';
import type { Deployed, KnownAccount } from './deployed.ts';
import { callsOf, group, runFunction, startDeployed } from './deployed.ts';
import { eventually } from './eventually.ts';
import { entriesAbout, entriesOf, queueOf, rowsOf } from './records.ts';

const marker = `canary-${crypto.randomUUID()}`;
let deployed: Deployed;

beforeAll(async () => {
  deployed = await startDeployed({ accounts: 9, latency: { reads: 200 } });
  deployed.cloud.azure.arm.keys.marker = marker;
});
afterAll(() => deployed.stop());

/** Makes Resource Manager answer the next calls for an account with an error whose text holds the marker. */
function failWith(name: string, status: number, times: number, method: string, code?: string): void {
  deployed.cloud.faults.add({
    target: 'arm',
    effect: {
      kind: 'status',
      status,
      message: `The key ${marker} of the client with the token Bearer ${fakeToken} was refused`,
      ...(code === undefined ? {} : { code }),
    },
    methods: [method],
    urlPattern: `/${name}\\?`,
    times,
  });
}

/** In the shape of a token, with the marker where a token has its claims. */
const part = (text: string) => Buffer.from(text).toString('base64url');
const fakeToken = `${part('{"typ":"JWT","alg":"RS256"}')}.${part(`{"oid":"${marker}"}`)}.${part(marker)}`;

/** Each error that the app may meet, and how often it meets it. */
const errors = [
  ['GET', 503, 2],
  ['GET', 400, 1],
  ['GET', 403, 1],
  ['PATCH', 500, 1],
  ['PATCH', 403, 3],
  ['PATCH', 409, 2],
  ['PATCH', 400, 3],
] as const;

test('no key, no token and no error body is written anywhere', async () => {
  const { cloud, person } = deployed;
  for (const [method, status, times] of errors) {
    const { id, name } = deployed.nextAccount();
    const { keys } = await person.storageAccounts.listKeys(group, name);
    expect(JSON.stringify(keys)).toContain(marker);
    await person.storageAccounts.regenerateKey(group, name, { keyName: 'key1' });
    await person.storageAccounts.update(group, name, {
      tags: { note: 'harmless' },
      allowBlobPublicAccess: true,
    });
    // After the person's own write, and well before the app's: its reads take longer.
    failWith(name, status, times, method);
    await eventually('the app met the error', () =>
      cloud.azure.accounting.calls({ path: id, method, status }).some(({ caller }) => isOurs(caller)),
    );
  }
  await sendAMessageThatIsNotOurs();
  await tellThroughABrokenChannel();
  // Not until nothing is left to do: what was refused is looked at again much later.
  await eventually('the message is recorded', async () =>
    (await entriesOf(cloud, 'service')).some(({ kind }) => kind === 'work-failed'),
  );
  const messages = await messagesOnTheWay(deployed.nextAccount());
  await deployed.host.stop();
  const written = [...messages, ...(await everythingWritten())];
  for (const place of ['ledger', 'work', 'queue', 'telemetry', 'log', 'blob']) {
    expect(written.filter((one) => one.place === place).length, place).toBeGreaterThan(0);
  }
  expect(written.filter(({ text }) => isSecret(text))).toEqual([]);
});

test('the search finds what it looks for', () => {
  expect(isSecret(`x${marker}x`)).toBe(true);
  expect(isSecret(`"authorization":"Bearer ${fakeToken}"`)).toBe(true);
  expect(isSecret(fakeToken)).toBe(true);
  expect(webhookSecrets()).toHaveLength(2);
  expect(isSecret(`POST ${deployed.cloud.teams.webhookUrl}`)).toBe(true);
  expect(isSecret('the bearer of this letter')).toBe(false);
});

/** The address of a webhook is a secret: it must be in no error of a delivery that fails. */
async function tellThroughABrokenChannel(): Promise<void> {
  const { cloud, host, log } = deployed;
  const fault = cloud.faults.add({ target: 'teams', effect: { kind: 'reset-before' } });
  const { id, name } = deployed.nextAccount();
  await deployed.person.storageAccounts.update(group, name, { allowSharedKeyAccess: true });
  await eventually('people are asked', async () =>
    (await entriesAbout(cloud, id)).some(({ kind }) => kind === 'decision-requested'),
  );
  await runFunction(host, 'send-notices');
  await eventually('a delivery failed', () => log.some(({ message }) => message.includes('was not taken')));
  cloud.faults.remove(fault);
}

/** The secret part of each webhook's address. */
function webhookSecrets(): readonly string[] {
  const { webhookUrl, escalationUrl } = deployed.cloud.teams;
  return [webhookUrl, escalationUrl].flatMap((url) =>
    [...new URL(url).searchParams.values()].filter((value) => /^[\w-]{16,}$/.test(value)),
  );
}

const isOurs = (caller: string) => caller.startsWith('leakstop-');

function isSecret(text: string): boolean {
  const isOfWebhook = webhookSecrets().some((secret) => text.includes(secret));
  return (
    isOfWebhook ||
    text.includes(marker) ||
    /eyJ[\w-]{10,}\.[\w-]{10,}/.test(text) ||
    /bearer [\w.-]{20,}/i.test(text)
  );
}

/** Something that was written, and where. */
interface Written {
  readonly place: string;
  readonly text: string;
}

async function sendAMessageThatIsNotOurs(): Promise<void> {
  const text = Buffer.from(JSON.stringify({ hello: marker })).toString('base64');
  await queueOf(deployed.cloud, 'reconcile').sendMessage(text);
}

/** A message of an event and one of a retry, looked at while nobody can take them off the queue. */
async function messagesOnTheWay({ id, name }: KnownAccount): Promise<Written[]> {
  const { cloud, person } = deployed;
  failWith(name, 503, 1, 'GET');
  await person.storageAccounts.update(group, name, { allowBlobPublicAccess: true });
  await eventually('the app met the error', () => callsOf(deployed, id).reads > 0);
  const fault = cloud.faults.add({
    target: 'queues',
    effect: { kind: 'status', status: 503 },
    methods: ['GET'],
    urlPattern: 'messages\\?(?!.*peekonly)',
  });
  await person.storageAccounts.update(group, name, { minimumTlsVersion: 'TLS1_0' });
  const texts = await eventually('an event and a retry are on the queue', async () => {
    const { peekedMessageItems } = await queueOf(cloud, 'reconcile').peekMessages({ numberOfMessages: 32 });
    const found = peekedMessageItems.map(({ messageText }) => Buffer.from(messageText, 'base64').toString());
    const hasBoth =
      found.some((text) => text.includes('"note"')) && found.some((text) => !text.includes('"note"'));
    return hasBoth && found;
  });
  cloud.faults.remove(fault);
  return texts.map((text) => ({ place: 'queue', text }));
}

/** Everything else: rows, telemetry, logs and blobs. */
async function everythingWritten(): Promise<Written[]> {
  const { cloud, log } = deployed;
  const tables = (['ledger', 'work'] as const).map(async (place) =>
    (await rowsOf(cloud, place)).map((row) => ({ place, text: JSON.stringify(row) })),
  );
  return [
    ...(await Promise.all(tables)).flat(),
    ...cloud.telemetry.items.map((item) => ({ place: 'telemetry', text: JSON.stringify(item) })),
    ...log.map((line) => ({ place: 'log', text: line.message })),
    ...(await blobsWritten()),
  ];
}

async function blobsWritten(): Promise<Written[]> {
  const { azure, storage } = deployed.cloud;
  const service = new BlobServiceClient(storage.urls.blobs, credentialOf(azure, azure.operator));
  const written: Written[] = [];
  for await (const { name: container } of service.listContainers()) {
    const client = service.getContainerClient(container);
    for await (const { name } of client.listBlobsFlat()) {
      const content = await client.getBlobClient(name).downloadToBuffer();
      written.push({ place: 'blob', text: `${container}/${name} ${content.toString()}` });
    }
    written.push({ place: 'blob', text: container });
  }
  return written;
}
