import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { TokenCredential } from '@azure/identity';
import type { Azure } from './azure.ts';
import type { AdvancedFilter } from './event-grid/filter.ts';
import type { Principal } from './identity/principals.ts';
import type { Storage } from './storage/storage.ts';
import type { TelemetrySink } from './telemetry.ts';

/** What the infrastructure of the app would be in Azure: identities, roles, tables, queues, containers, settings. */
export interface Deployment {
  readonly identities: Readonly<Record<Power, Principal>>;
  /** Names of the role definitions that were generated for the app. */
  readonly roles: { readonly observe: string; readonly remediate: string };
  /** Operations that the app wants to hear of. */
  readonly eventFilter: EventFilter;
  /** The whole environment of a host that runs the app in a role. */
  settings(role: string): Record<string, string>;
}

export type Power = 'worker' | 'observe' | 'remediate';

export interface EventFilter {
  readonly includedEventTypes: readonly string[];
  readonly advancedFilters: readonly AdvancedFilter[];
}

const tables = ['ledger', 'work'];
const queues = ['reconcile'];
const checkpointKey = 'leakstop-checkpoints';
const containers = ['ledger-bodies', 'dead-letters', 'checkpoints', 'policy'];
const group = 'leakstop';

/**
 * Deploys the app to a running Azure: each power is an identity of its own and holds exactly the role that was
 * generated for it, on the guarded subscriptions and nowhere else.
 *
 * @throws Error when the generated files are not there
 */
export async function deployApp(options: {
  readonly azure: Azure;
  readonly storage: Storage;
  readonly telemetry: TelemetrySink;
  /** Root of the app's repository, which holds `infra/generated`. */
  readonly directory: string;
  readonly subscriptions: readonly string[];
  /** Text of the policy document; none is uploaded when absent. */
  readonly policy?: string;
}): Promise<Deployment> {
  const { azure, storage, telemetry, directory, subscriptions } = options;
  const actions = await readJson<Record<'observe' | 'remediate', string[]>>(directory, 'role-actions.json');
  const eventFilter = await readJson<EventFilter>(directory, 'event-filters.json');
  const identities = {
    worker: addIdentity(azure, 'leakstop-worker'),
    observe: addIdentity(azure, 'leakstop-observe'),
    remediate: addIdentity(azure, 'leakstop-remediate'),
  };
  const roles = { observe: 'Leakstop Observe', remediate: 'Leakstop Remediate' };
  for (const power of ['observe', 'remediate'] as const) {
    azure.arm.roles.define({ name: roles[power], actions: actions[power] });
    for (const subscription of subscriptions) {
      const scope = `/subscriptions/${subscription}`;
      azure.arm.roles.assign({ principalObjectId: identities[power].objectId, role: roles[power], scope });
    }
  }
  for (const service of ['blobs', 'queues', 'tables'] as const) {
    storage.principals.allow(service, identities.worker.objectId);
    storage.principals.allow(service, azure.operator.objectId);
  }
  azure.keyVault.createKey(checkpointKey);
  azure.keyVault.grant(identities.worker.objectId, ['keys/read', 'keys/sign/action']);
  await createStores(storage, credentialOf(azure, azure.operator), options.policy);
  subscriptions.forEach((subscription) => addSystemTopic(azure, subscription));
  return {
    identities,
    roles,
    eventFilter,
    settings: (role) => ({
      ...azure.environment({ userAssigned: Object.values(identities) }),
      LEAKSTOP_ROLE: role,
      LEAKSTOP_SUBSCRIPTIONS: subscriptions.join(','),
      LEAKSTOP_ARM_ENDPOINT: azure.armUrl,
      LEAKSTOP_ARM_AUDIENCE: 'https://management.azure.com',
      LEAKSTOP_OBSERVE_CLIENT_ID: identities.observe.clientId,
      LEAKSTOP_REMEDIATE_CLIENT_ID: identities.remediate.clientId,
      // Without a version: the newest one signs, so that the key can be rotated.
      LEAKSTOP_CHECKPOINT_KEY_ID: `${azure.keyVault.url}/keys/${checkpointKey}`,
      LEAKSTOP_DECISION_KEY_ID: `${azure.keyVault.url}/keys/leakstop-decisions`,
      LEAKSTOP_LINK_KEY_ID: `${azure.keyVault.url}/keys/leakstop-links`,
      LEAKSTOP_WEB_URL: 'https://localhost:1',
      LeakstopStorage__tableServiceUri: storage.urls.tables,
      LeakstopStorage__queueServiceUri: storage.urls.queues,
      LeakstopStorage__blobServiceUri: storage.urls.blobs,
      LeakstopStorage__credential: 'managedidentity',
      LeakstopStorage__clientId: identities.worker.clientId,
      APPLICATIONINSIGHTS_CONNECTION_STRING: telemetry.connectionString,
      // The SDK counts its own use and sends that to Microsoft, which nothing here may reach.
      APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
    }),
  };
}

/** A credential of a principal, as the platform would hand it out, for the sandbox's own calls. */
export function credentialOf(
  azure: Azure,
  principal: Principal,
  resource = 'https://storage.azure.com',
): TokenCredential {
  return {
    getToken: async () => {
      const { token, expiresOn } = await azure.issuer.mint(principal, resource);
      return { token, expiresOnTimestamp: expiresOn * 1_000 };
    },
  };
}

function addIdentity(azure: Azure, displayName: string): Principal {
  return azure.principals.add({
    objectId: crypto.randomUUID(),
    clientId: crypto.randomUUID(),
    displayName,
    kind: 'ManagedIdentity',
  });
}

/** The topic through which Event Grid tells of a subscription. */
function addSystemTopic(azure: Azure, subscription: string): void {
  const name = 'leakstop-subscription';
  azure.arm.state.load({
    id: `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.EventGrid/systemTopics/${name}`,
    name,
    type: 'Microsoft.EventGrid/systemTopics',
    location: 'global',
    properties: {
      provisioningState: 'Succeeded',
      source: `/subscriptions/${subscription}`,
      topicType: 'microsoft.resources.subscriptions',
    },
  });
}

async function createStores(
  storage: Storage,
  credential: TokenCredential,
  policy: string | undefined,
): Promise<void> {
  const tableService = new TableServiceClient(storage.urls.tables, credential);
  const queueService = new QueueServiceClient(storage.urls.queues, credential);
  const blobService = new BlobServiceClient(storage.urls.blobs, credential);
  await Promise.all([
    ...tables.map((name) => tableService.createTable(name)),
    ...queues.map((name) => queueService.createQueue(name)),
    ...containers.map((name) => blobService.createContainer(name)),
  ]);
  const blobs = {
    'kill-switch.json': JSON.stringify({ format: 1, changes: 'allowed' }),
    ...(policy === undefined ? {} : { 'policy.yaml': policy }),
  };
  const container = blobService.getContainerClient('policy');
  await Promise.all(
    Object.entries(blobs).map(([name, content]) =>
      container.getBlockBlobClient(name).upload(content, Buffer.byteLength(content)),
    ),
  );
}

async function readJson<T>(directory: string, name: string): Promise<T> {
  return JSON.parse(await readFile(join(directory, 'infra', 'generated', name), 'utf8')) as T;
}
