import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { TokenCredential } from '@azure/identity';
import type { Azure } from './azure.ts';
import type { AdvancedFilter } from './event-grid/filter.ts';
import type { AppRegistration } from './identity/app-registrations.ts';
import type { Principal } from './identity/principals.ts';
import { armAudience, hostAccounts, keyNames, type Power, webSettings, workerSettings } from './settings.ts';
import type { Covers } from './storage/principals.ts';
import type { Storage } from './storage/storage.ts';
import type { Teams } from './teams/teams.ts';
import type { TelemetrySink } from './telemetry.ts';

/** What the infrastructure of the app would be in Azure: identities, roles, tables, queues, containers, settings. */
export interface Deployment {
  readonly identities: Readonly<Record<Power, Principal>>;
  /** The app that people sign in to. */
  readonly registration: AppRegistration;
  /** Address of the web app, which its links and its redirect URI are made of. */
  readonly webUrl: string;
  /** Names of the role definitions that were generated for the app. */
  readonly roles: { readonly observe: string; readonly remediate: string };
  /** Operations that the app wants to hear of. */
  readonly eventFilter: EventFilter;
  /** The whole environment of a host that runs the app in a role. */
  settings(role: string): Record<string, string>;
}

export interface EventFilter {
  readonly includedEventTypes: readonly string[];
  readonly advancedFilters: readonly AdvancedFilter[];
}

const tables = ['ledger', 'work'];
const queues = ['reconcile', 'inbox'];
const containers = ['ledger-bodies', 'dead-letters', 'checkpoints', 'policy', 'data-keys'];
const group = 'leakstop';

/**
 * The roles of the web app. It reads tables and blobs, adds messages to two queues, and writes one blob, that of the kill
 * switch. So it can write no row of the ledger or of the work, and delete nothing.
 */
const coveredForWeb: Readonly<Record<'blobs' | 'queues' | 'tables', Covers>> = {
  tables: ({ method }) => method === 'GET',
  queues: ({ method, path }) => method === 'POST' && /^(inbox|reconcile)\/messages$/.test(path),
  blobs: ({ method, path }) =>
    method === 'GET' || method === 'HEAD' || (method === 'PUT' && path === 'policy/kill-switch.json'),
};

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
  /** Address that the web app will have. */
  readonly webUrl?: string;
  /** Where the app sends its cards and escalations; nowhere when absent. */
  readonly teams?: Pick<Teams, 'webhookUrl' | 'escalationUrl'>;
}): Promise<Deployment> {
  const { azure, storage, directory, subscriptions, webUrl = 'https://leakstop.example' } = options;
  const actions = await readJson<Record<'observe' | 'remediate', string[]>>(directory, 'role-actions.json');
  const eventFilter = await readJson<EventFilter>(directory, 'event-filters.json');
  const identities = {
    worker: addIdentity(azure, 'leakstop-worker'),
    observe: addIdentity(azure, 'leakstop-observe'),
    remediate: addIdentity(azure, 'leakstop-remediate'),
    web: addIdentity(azure, 'leakstop-web'),
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
    for (const { objectId } of [identities.worker, azure.operator]) {
      storage.principals.allow(service, objectId);
    }
    storage.principals.allow(service, identities.web.objectId, undefined, coveredForWeb[service]);
  }
  // The host keeps locks, timers and keys in blobs; no function of ours uses queues or tables there.
  for (const app of ['worker', 'web'] as const) {
    storage.principals.allow('blobs', identities[app].objectId, hostAccounts[app]);
  }
  makeKeys(azure, identities);
  const registration = azure.entra.apps.register({
    clientId: crypto.randomUUID(),
    displayName: 'Leakstop',
    redirectUris: [`${webUrl}/sign-in/return`],
    federatedIdentity: identities.web.objectId,
  });
  Object.assign(azure.shellSettings, {
    LEAKSTOP_WEB_URL: webUrl,
    LEAKSTOP_WEB_CLIENT_ID: registration.clientId,
    LEAKSTOP_ARM_ENDPOINT: azure.armUrl,
    LEAKSTOP_ARM_AUDIENCE: armAudience,
  });
  await createStores(storage, credentialOf(azure, azure.operator), options.policy);
  subscriptions.forEach((subscription) => addSystemTopic(azure, subscription));
  const parts = { ...options, webUrl, identities, registration };
  return {
    identities,
    registration,
    webUrl,
    roles,
    eventFilter,
    settings: (role) => (role === 'web' ? webSettings(parts) : workerSettings(parts, role)),
  };
}

/** Each app signs with its own key, and reads those of the other. */
function makeKeys({ keyVault }: Azure, { worker, web }: Readonly<Record<Power, Principal>>): void {
  const read = ['keys/read'] as const;
  const sign = ['keys/read', 'keys/sign/action'] as const;
  const { data, ...signing } = keyNames;
  Object.values(signing).forEach((name) => keyVault.createKey(name));
  keyVault.createKey(data, 'RSA');
  keyVault.grant(worker.objectId, ['keys/read', 'keys/wrap/action', 'keys/unwrap/action'], data);
  keyVault.grant(worker.objectId, sign, keyNames.checkpoint);
  keyVault.grant(worker.objectId, sign, keyNames.link);
  keyVault.grant(worker.objectId, read, keyNames.decision);
  keyVault.grant(web.objectId, read, keyNames.checkpoint);
  keyVault.grant(web.objectId, read, keyNames.link);
  keyVault.grant(web.objectId, sign, keyNames.decision);
}

/** A credential of a principal, as the platform would hand it out, for the sandbox's own calls. */
export function credentialOf(
  azure: Azure,
  principal: Principal,
  resource = 'https://storage.azure.com',
): TokenCredential {
  return {
    getToken: async () => {
      const { token, expiresOn } = await azure.entra.mint(principal, resource);
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
