import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Deployed } from './deployed.ts';
import { becomes, callsOf, group, propertiesOf, settled, startDeployed, subscribeAgain } from './deployed.ts';
import { eventually } from './eventually.ts';
import { entriesAbout, entriesOf } from './records.ts';

let deployed: Deployed;

beforeAll(async () => {
  deployed = await startDeployed({ accounts: 20 });
});
afterAll(() => deployed.stop());
afterEach(() => {
  deployed.cloud.eventGrid.disturb({});
  deployed.cloud.faults.clear();
});

const closedOnce = [
  'case-opened',
  'case-decided',
  'change-intended',
  'change-applied',
  'change-verified',
  'case-closed',
];
const kindsAbout = async (id: string) => (await entriesAbout(deployed.cloud, id)).map(({ kind }) => kind);

/** Somebody opens an account for anonymous access. */
const open = (name: string) =>
  deployed.person.storageAccounts.update(group, name, { allowBlobPublicAccess: true });

/** Waits for the closure and for whatever still follows, such as the echo of our own write. */
async function isClosedOnce(id: string, property: string, closed: unknown): Promise<void> {
  await becomes(deployed, id, property, closed);
  await settled(deployed);
  expect(await kindsAbout(id)).toEqual(closedOnce);
}

test('an account that somebody opens is closed, with one read, one write and one read', async () => {
  const { id, name } = deployed.nextAccount();
  await open(name);
  await isClosedOnce(id, 'allowBlobPublicAccess', false);
  expect(callsOf(deployed, id)).toEqual({ reads: 2, writes: 1 });
});

test('so are three drifts of one account, with the same calls', async () => {
  const { id, name } = deployed.nextAccount();
  await deployed.person.storageAccounts.update(group, name, {
    allowBlobPublicAccess: true,
    enableHttpsTrafficOnly: false,
    minimumTlsVersion: 'TLS1_0',
  });
  await becomes(deployed, id, 'minimumTlsVersion', 'TLS1_2');
  await settled(deployed);
  expect((await kindsAbout(id)).filter((kind) => kind === 'case-closed')).toHaveLength(3);
  expect(callsOf(deployed, id)).toEqual({ reads: 2, writes: 1 });
});

test('and a container that somebody opens on an account that is open', async () => {
  const { id, name, containerId } = deployed.openAccount;
  await deployed.person.blobContainers.update(group, name, 'models', { publicAccess: 'Blob' });
  await isClosedOnce(containerId, 'publicAccess', 'None');
  expect(callsOf(deployed, id).writes).toBe(1);
  expect(propertiesOf(deployed, id).allowBlobPublicAccess).toBe(true);
});

test('an account that is created open is closed', async () => {
  const name = 'created';
  const { id } = await deployed.person.storageAccounts.create(group, name, {
    location: 'westeurope',
    kind: 'StorageV2',
    sku: { name: 'Standard_LRS' },
    allowBlobPublicAccess: true,
    minimumTlsVersion: 'TLS1_2',
    allowSharedKeyAccess: false,
    publicNetworkAccess: 'Disabled',
    encryption: { requireInfrastructureEncryption: true, keySource: 'Microsoft.Storage' },
  });
  await becomes(deployed, id ?? '', 'allowBlobPublicAccess', false);
});

test('three deliveries of each event close it once, with no call more', async () => {
  const { id, name } = deployed.nextAccount();
  deployed.cloud.eventGrid.disturb({ copies: 3 });
  await open(name);
  await isClosedOnce(id, 'allowBlobPublicAccess', false);
  expect(callsOf(deployed, id)).toEqual({ reads: 2, writes: 1 });
});

test('events that come late and in another order leave nothing open', async () => {
  const { id, name } = deployed.nextAccount();
  deployed.cloud.eventGrid.disturb({ delayMs: [0, 800], copies: 2 });
  for (const allowBlobPublicAccess of [true, false, true, false, true]) {
    await deployed.person.storageAccounts.update(group, name, { allowBlobPublicAccess });
  }
  await becomes(deployed, id, 'allowBlobPublicAccess', false);
  await settled(deployed);
  await becomes(deployed, id, 'allowBlobPublicAccess', false);
  expect((await kindsAbout(id)).filter((kind) => kind === 'case-opened')).toHaveLength(1);
});

test.each([
  ['CloudEventSchemaV1_0', 1],
  ['CloudEventSchemaV1_0', 10],
  ['EventGridSchema', 10],
] as const)('events in %s, up to %i in one delivery, are read', async (schema, maxEventsPerBatch) => {
  await subscribeAgain(deployed, deployed.host, { schema, maxEventsPerBatch });
  // Held back together, so that they leave together.
  deployed.cloud.eventGrid.disturb({ delayMs: [3_600_000, 3_600_000] });
  const accounts = [deployed.nextAccount(), deployed.nextAccount()];
  for (const { name } of accounts) {
    await open(name);
  }
  await deployed.cloud.eventGrid.flush();
  deployed.cloud.eventGrid.disturb({});
  for (const { id } of accounts) {
    await becomes(deployed, id, 'allowBlobPublicAccess', false);
  }
  await deployed.cloud.eventGrid.flush();
  expect(deployed.cloud.eventGrid.stats('leakstop-resources')).toMatchObject({ dropped: 0, deadLettered: 0 });
  await subscribeAgain(deployed, deployed.host, {});
  await settled(deployed);
});

test('an event that comes after an observation began causes another one', async () => {
  const { id, name } = deployed.nextAccount();
  // The body is read and then held: what somebody writes meanwhile is not in it.
  deployed.cloud.faults.add({
    target: 'arm',
    effect: { kind: 'hang-after', milliseconds: 1_500 },
    methods: ['GET'],
    urlPattern: `/${name}\\?`,
    times: 1,
  });
  await deployed.person.storageAccounts.update(group, name, { tags: { team: 'somebody' } });
  await eventually('the observation is under way', () => callsOf(deployed, id).reads === 1);
  await open(name);
  await deployed.cloud.eventGrid.idle();
  expect(callsOf(deployed, id)).toEqual({ reads: 1, writes: 0 });
  await isClosedOnce(id, 'allowBlobPublicAccess', false);
  expect(callsOf(deployed, id)).toEqual({ reads: 3, writes: 1 });
});

test('nothing of all this was lost, poisoned or left open', async () => {
  await settled(deployed);
  const entries = await entriesOf(deployed.cloud, 'service');
  expect(entries.map(({ kind }) => kind)).toEqual([]);
  expect(deployed.cloud.eventGrid.stats()).toMatchObject({
    lost: 0,
    dropped: 0,
    deadLettered: 0,
    waiting: 0,
  });
});
