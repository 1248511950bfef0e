import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { FunctionsHost } from '../../sandbox/host/start-host.ts';
import { hostAccounts } from '../../sandbox/settings.ts';
import type { StorageService } from '../../sandbox/storage/storage-error.ts';
import type { Deployed, KnownAccount } from './deployed.ts';
import { group, propertiesOf, settled, startDeployed } from './deployed.ts';
import { eventually } from './eventually.ts';
import { entriesAbout } from './records.ts';

// A role that goes for a minute, or that comes later than the app: what happened meanwhile is closed all the same.

const services: readonly StorageService[] = ['blobs', 'queues', 'tables'];
const hostRestartDelaysMs = [200];
let deployed: Deployed;
let host: FunctionsHost;

beforeAll(async () => {
  deployed = await startDeployed({ accounts: 12, host: { hostRestartDelaysMs } });
  host = deployed.host;
});
afterEach(() => setRoles('restore', services));
afterAll(() => deployed.stop());

function setRoles(how: 'restore' | 'suspend', of: readonly StorageService[]): void {
  const { storage, deployment } = deployed.cloud;
  const { objectId } = deployment.identities.worker;
  for (const service of of) {
    storage.principals[how](service, objectId);
  }
  if (of.includes('blobs')) {
    storage.principals[how]('blobs', objectId, hostAccounts.worker);
  }
}

/** A person opens as many accounts. */
async function open(count: number): Promise<readonly KnownAccount[]> {
  const accounts = Array.from({ length: count }, () => deployed.nextAccount());
  for (const { name } of accounts) {
    await deployed.person.storageAccounts.update(group, name, { allowBlobPublicAccess: true });
  }
  return accounts;
}

/** Every one is shut and its case closed; Event Grid need not wait for its next attempt. */
async function areClosed(accounts: readonly KnownAccount[]): Promise<void> {
  for (const { id } of accounts) {
    await eventually(`${id} is closed`, async () => {
      await deployed.cloud.eventGrid.flush();
      const kinds = (await entriesAbout(deployed.cloud, id)).map(({ kind }) => kind);
      return propertiesOf(deployed, id).allowBlobPublicAccess === false && kinds.at(-1) === 'case-closed';
    });
  }
  await settled(deployed);
}

/** Nobody knows the role yet, so the host comes round again at least so often. */
const comesRound = (times: number) => eventually('the host comes round again', () => host.starts >= times);

test('the role on queues is revoked and given back while accounts are opened', async () => {
  const before = host.starts;
  const first = await open(2);
  setRoles('suspend', ['queues']);
  const second = await open(3);
  await comesRound(before + 2);
  setRoles('restore', ['queues']);
  await areClosed([...first, ...second]);
});

test('every role in storage goes for a while', async () => {
  const before = host.starts;
  setRoles('suspend', services);
  const accounts = await open(2);
  await comesRound(before + 2);
  setRoles('restore', services);
  await areClosed(accounts);
});

test('no role is there when the app starts, and all come later', async () => {
  await host.stop();
  setRoles('suspend', services);
  host = await deployed.startHost();
  const accounts = await open(2);
  await comesRound(2);
  setRoles('restore', services);
  await areClosed(accounts);
  expect(deployed.cloud.eventGrid.stats('leakstop-resources').deadLettered).toBe(0);
});
