import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageManagementClient } from '@azure/arm-storage';
import type { Cloud, CloudOptions } from '../../sandbox/cloud.ts';
import { startCloud } from '../../sandbox/cloud.ts';
import { credentialOf } from '../../sandbox/deploy.ts';
import type { EventSubscription } from '../../sandbox/event-grid/subscription.ts';
import type { FunctionsHost, HostLog, HostOptions } from '../../sandbox/host/start-host.ts';
import { account, blobService, container, newSubscription } from '../support/estate.ts';
import { patienceMs } from '../support/patience.ts';
import { copyBuiltApp } from './built-app.ts';
import { eventually } from './eventually.ts';
import { entriesOf, messagesIn, rowsOf, workOf } from './records.ts';

export interface DeployedOptions extends Partial<Omit<CloudOptions, 'subscriptions' | 'estate'>> {
  /** Accounts that are in sync and known since the baseline. */
  readonly accounts?: number;
  readonly host?: Partial<HostOptions>;
}

/** An account with a container `models`, both in sync at the baseline. */
export interface KnownAccount {
  readonly name: string;
  readonly id: string;
  readonly containerId: string;
}

/** The built app, running against a whole sandbox, with its baseline taken. */
export interface Deployed {
  readonly cloud: Cloud;
  readonly host: FunctionsHost;
  readonly subscription: string;
  readonly accounts: readonly KnownAccount[];
  /** Open for anonymous access since before the baseline, and left so until a person decides. */
  readonly openAccount: KnownAccount;
  readonly log: readonly HostLog[];
  /** The real client, as a person with the role Contributor. */
  readonly person: StorageManagementClient;
  /** An account that no test has used yet. */
  nextAccount(): KnownAccount;
  /** Starts the pages and the API. */
  startWeb(): Promise<FunctionsHost>;
  /** Starts another host like the first one, such as after the loss of a machine. */
  startHost(options?: Partial<HostOptions>): Promise<FunctionsHost>;
  stop(): Promise<void>;
}

export const group = 'rg-models';

/** Starts everything and takes the baseline. */
export async function startDeployed(options: DeployedOptions = {}): Promise<Deployed> {
  const { accounts: count = 12, host: hostOptions = {}, latency = {}, ...cloudOptions } = options;
  const directory = await mkdtemp(join(tmpdir(), 'leakstop-e2e-'));
  const appDirectory = await copyBuiltApp();
  const subscription = newSubscription();
  const known = Array.from({ length: count }, (_, index) => knownAccount(subscription, `weights${index}`));
  const openAccount = knownAccount(subscription, 'public');
  const cloud = await startCloud({
    directory,
    repository: process.cwd(),
    subscriptions: [subscription],
    estate: [...known, openAccount].flatMap((one) => [
      account(subscription, one.name, { allowBlobPublicAccess: one === openAccount }),
      blobService(one.id),
      container(one.id, 'models'),
    ]),
    ...cloudOptions,
  });
  const log: HostLog[] = [];
  const startHost = (more: Partial<HostOptions> = {}) =>
    cloud.startWorker({ appDirectory, onLog: (line) => log.push(line), ...hostOptions, ...more });
  const host = await startHost();
  await takeBaseline(cloud, host, subscription).catch((error: unknown) => {
    const lines = log.slice(-20).map(({ level, message }) => `${level}: ${message}`);
    throw new Error(`Cannot take the baseline:\n${lines.join('\n')}`, { cause: error });
  });
  Object.assign(cloud.azure.arm.latency, latency);
  cloud.azure.accounting.reset();
  let used = 0;
  return {
    cloud,
    host,
    subscription,
    accounts: known,
    openAccount,
    log,
    person: clientOfPerson(cloud, subscription),
    nextAccount: () => {
      const next = known[used++];
      if (next === undefined) {
        throw new Error(`Only ${count} accounts are known`);
      }
      return next;
    },
    startHost,
    startWeb: () => cloud.startWeb({ appDirectory, onLog: (line) => log.push(line) }),
    stop: async () => {
      await cloud.stop();
      await Promise.all([directory, appDirectory].map((path) => rm(path, { recursive: true, force: true })));
    },
  };
}

function knownAccount(subscription: string, name: string): KnownAccount {
  const { id } = account(subscription, name);
  return { name, id, containerId: container(id, 'models').id };
}

/** Runs a function that nothing but a timer calls. */
export async function runFunction(
  { url, masterKey }: FunctionsHost,
  name: string,
  input = '',
): Promise<void> {
  const answer = await fetch(`${url}/admin/functions/${name}`, {
    method: 'POST',
    headers: { 'x-functions-key': masterKey, 'content-type': 'application/json' },
    body: JSON.stringify({ input }),
  });
  if (answer.status !== 202) {
    throw new Error(`Cannot run "${name}": ${answer.status}`);
  }
}

async function takeBaseline(cloud: Cloud, host: FunctionsHost, subscription: string): Promise<void> {
  await runFunction(host, 'take-baseline');
  await eventually('the baseline is in the ledger', async () =>
    (await entriesOf(cloud, subscription)).some(({ kind }) => kind === 'baseline-completed'),
  );
}

/** The real client, as one more person with the role Contributor. */
export function clientOfPerson({ azure }: Cloud, subscription: string): StorageManagementClient {
  const person = azure.principals.add({
    objectId: crypto.randomUUID(),
    clientId: crypto.randomUUID(),
    displayName: 'a-person',
    kind: 'User',
    upn: 'person@example.com',
  });
  azure.arm.roles.assign({
    principalObjectId: person.objectId,
    role: 'Contributor',
    scope: `/subscriptions/${subscription}`,
  });
  return new StorageManagementClient(
    credentialOf(azure, person, 'https://management.azure.com'),
    subscription,
    { endpoint: azure.armUrl, retryOptions: { maxRetries: 8 } },
  );
}

/** What the body of a resource says now. */
export function propertiesOf({ cloud }: Deployed, id: string): Readonly<Record<string, unknown>> {
  return (cloud.azure.arm.state.get(id)?.properties ?? {}) as Record<string, unknown>;
}

/** Resolves when a property has a value. */
export async function becomes(
  deployed: Deployed,
  id: string,
  property: string,
  value: unknown,
): Promise<void> {
  await eventually(
    `${property} of ${id} is ${String(value)}`,
    () => propertiesOf(deployed, id)[property] === value,
  );
}

/** Calls that the app made to Resource Manager for a resource and what lies below it. */
export function callsOf({ cloud }: Deployed, id: string): { reads: number; writes: number } {
  const calls = ['leakstop-observe', 'leakstop-remediate'].flatMap((caller) =>
    cloud.azure.accounting.calls({ caller, path: id }),
  );
  const reads = calls.filter(({ method }) => method === 'GET').length;
  return { reads, writes: calls.length - reads };
}

/** Resolves when every event is delivered, no message waits and no root has anything left to do. */
export async function settled({ cloud }: Deployed): Promise<void> {
  await cloud.eventGrid.idle(patienceMs);
  await eventually('nothing is left to do', async () => {
    if ((await messagesIn(cloud, 'reconcile')) > 0) {
      return false;
    }
    const rows = await rowsOf(cloud, 'work');
    const records = await Promise.all(rows.map(({ root }) => workOf(cloud, String(root))));
    return records.every((record) => (record?.notes.length ?? 0) === 0 && record?.claim === undefined);
  });
}

/** Creates the app's event subscription anew, with something changed. */
export async function subscribeAgain(
  { cloud, subscription }: Deployed,
  host: FunctionsHost,
  change: Partial<EventSubscription>,
): Promise<void> {
  const { azure, storage, eventGrid, deployment } = cloud;
  const { includedEventTypes, advancedFilters } = deployment.eventFilter;
  const name = change.name ?? 'leakstop-resources';
  eventGrid.unsubscribe(name);
  await eventGrid.subscribe({
    name,
    endpointUrl: host.eventGridUrl('receive-resource-event'),
    subscriptionIds: [subscription],
    eventTypes: includedEventTypes,
    advancedFilters,
    deadLetter: {
      containerUrl: `${storage.urls.blobs}/dead-letters`,
      getToken: async () => (await azure.issuer.mint(azure.operator, 'https://storage.azure.com')).token,
    },
    ...change,
  });
}
