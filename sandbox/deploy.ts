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
import type { KeyAction } from './key-vault/authorize.ts';
import {
  armAudience,
  hostAccounts,
  keyNameOf,
  keyNames,
  type Power,
  webSettings,
  workerSettings,
} from './settings.ts';
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
// The host would make a poison queue with the first message that it gives up, for which the app has no right.
const queues = ['reconcile', 'inbox'].flatMap((name) => [name, `${name}-poison`]);
const containers = ['ledger-bodies', 'dead-letters', 'checkpoints', 'policy', 'kill-switch', 'data-keys'];
const group = 'leakstop';

/**
 * Deploys the app to a running Azure: each power is an identity of its own and holds exactly the role that was
 * generated for it, on the guarded subscriptions and nowhere else. In the account for the state and in the vault each app
 * has the rights that were generated for it, table by table, queue by queue, container by container, key by key.
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
  const rights = await readJson<Record<'worker' | 'web', GeneratedRight[]>>(directory, 'rights.json');
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
  assignRights(options, identities, rights);
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

/** A row of `infra/generated/rights.json`. */
interface GeneratedRight {
  readonly place: 'table' | 'queue' | 'container' | 'key';
  readonly name: string;
  readonly actions: readonly string[];
  readonly dataActions: readonly string[];
}

const servicesOf = { table: 'tables', queue: 'queues', container: 'blobs' } as const;

/** Makes the keys, and gives each app its rights. The operator of the sandbox owns all data. */
function assignRights(
  where: { readonly azure: Azure; readonly storage: Storage },
  identities: Readonly<Record<Power, Principal>>,
  rights: Readonly<Record<'worker' | 'web', readonly GeneratedRight[]>>,
): void {
  const { azure, storage } = where;
  for (const service of ['blobs', 'queues', 'tables'] as const) {
    storage.principals.allow(service, azure.operator.objectId);
  }
  const { data, ...signing } = keyNames;
  Object.values(signing).forEach((name) => azure.keyVault.createKey(name));
  azure.keyVault.createKey(data, 'RSA');
  for (const app of ['worker', 'web'] as const) {
    const { objectId } = identities[app];
    grantRights(where, objectId, rights[app]);
    // The host keeps locks, timers and keys in blobs; no function of ours uses queues or tables there.
    storage.principals.allow('blobs', objectId, hostAccounts[app]);
  }
}

/** Gives an app the rights that were generated for it, each on one table, queue, container or key. */
function grantRights(
  { azure, storage }: { readonly azure: Azure; readonly storage: Storage },
  objectId: string,
  generated: readonly GeneratedRight[],
): void {
  for (const { place, name, actions, dataActions } of generated) {
    const short = [...actions, ...dataActions].map((action) =>
      action.replace(/^Microsoft\.(KeyVault\/vaults|Storage\/storageAccounts\/\w+\/\w+)\//, ''),
    );
    if (place === 'key') {
      azure.keyVault.grant(objectId, short as KeyAction[], keyNameOf(name));
    } else {
      short.forEach((action) =>
        storage.principals.grant(objectId, { service: servicesOf[place], name, action }),
      );
    }
  }
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
  const put = (container: string, name: string, content: string) =>
    blobService
      .getContainerClient(container)
      .getBlockBlobClient(name)
      .upload(content, Buffer.byteLength(content));
  await put('kill-switch', 'kill-switch.json', JSON.stringify({ format: 1, changes: 'allowed' }));
  if (policy !== undefined) {
    await put('policy', 'policy.yaml', policy);
  }
}

async function readJson<T>(directory: string, name: string): Promise<T> {
  return JSON.parse(await readFile(join(directory, 'infra', 'generated', name), 'utf8')) as T;
}
