import type { MonitorClient } from '@azure/arm-monitor';
import type { ResourceGraphClient } from '@azure/arm-resourcegraph';
import type { ResourceManagementClient } from '@azure/arm-resources';
import type { StorageManagementClient } from '@azure/arm-storage';
import type { Pipeline } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import type { Clock } from '../clock.ts';
import type { Settings } from '../settings.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { armContextPolicy } from './arm-context.ts';

/** The right of an identity. Each power is a managed identity of its own, with a role of its own. */
export type Power = 'observe' | 'remediate';

/** Returns the credential for our own storage account. */
export type StorageCredential = () => Promise<TokenCredential>;

/** Hands out management clients by power and subscription. Each SDK is loaded on first use. */
export interface AzureClients {
  storage(power: Power, subscriptionId: string): Promise<StorageManagementClient>;
  /** Resource groups, and resources of any type by id. */
  resources(power: Power, subscriptionId: string): Promise<ResourceManagementClient>;
  /** The Activity Log. */
  monitor(power: Power, subscriptionId: string): Promise<MonitorClient>;
  /** Queries over everything that the observing identity may read. */
  resourceGraph(): Promise<ResourceGraphClient>;
  /** The credential for our own storage account. */
  readonly storageCredential: StorageCredential;
}

/** The newest version of the storage provider that recorded answers of Azure show in use. */
const storageApiVersion = '2025-06-01';

/** Options of clients that do not belong to a running service. */
export interface ClientOptions {
  /** Replaces the managed identity's credential. */
  readonly credential?: () => Promise<TokenCredential>;
  /** Most retries of a request; they honour the wait that Azure asks for. 0 when absent. */
  readonly maxRetries?: number;
}

export function createAzureClients(
  settings: Pick<Settings, 'arm' | 'identities'>,
  clock: Clock,
  telemetry: Pick<Telemetry, 'dependency'>,
  options: ClientOptions = {},
): AzureClients {
  const credentials = new Map<string, Promise<TokenCredential>>();
  const credential = (clientId: string): Promise<TokenCredential> =>
    remembered(credentials, clientId, async () => {
      if (options.credential !== undefined) {
        return options.credential();
      }
      return managedIdentity(clientId);
    });

  const clientOptions = {
    endpoint: settings.arm.endpoint,
    credentials: { scopes: [`${settings.arm.audience}/.default`] },
    // The engine retries with the row released in between: a handler that sleeps would hold its claim for nothing.
    retryOptions: { maxRetries: options.maxRetries ?? 0 },
  };
  /** One client for each power and subscription, under the deadline of each call. */
  const clientsOf = <Client extends { readonly pipeline: Pipeline }>(
    make: (identity: TokenCredential, subscriptionId: string) => Promise<Client>,
  ) => {
    const clients = new Map<string, Promise<Client>>();
    return (power: Power, subscriptionId: string): Promise<Client> =>
      remembered(clients, `${power} ${subscriptionId}`, async () => {
        const client = await make(await credential(settings.identities[power]), subscriptionId);
        client.pipeline.addPolicy(armContextPolicy(clock, telemetry), { phase: 'Sign' });
        return client;
      });
  };
  const graphs = new Map<string, Promise<ResourceGraphClient>>();

  return {
    storage: clientsOf(async (identity, subscriptionId) => {
      const { StorageManagementClient } = await import('@azure/arm-storage');
      return new StorageManagementClient(identity, subscriptionId, {
        ...clientOptions,
        apiVersion: storageApiVersion,
      });
    }),
    resources: clientsOf(async (identity, subscriptionId) => {
      const { ResourceManagementClient } = await import('@azure/arm-resources');
      return new ResourceManagementClient(identity, subscriptionId, clientOptions);
    }),
    monitor: clientsOf(async (identity, subscriptionId) => {
      const { MonitorClient } = await import('@azure/arm-monitor');
      return new MonitorClient(identity, subscriptionId, clientOptions);
    }),
    resourceGraph: () =>
      remembered(graphs, 'observe', async () => {
        const { ResourceGraphClient } = await import('@azure/arm-resourcegraph');
        // The api-version is the SDK's own: its client takes no other.
        const client = new ResourceGraphClient(await credential(settings.identities.observe), clientOptions);
        client.pipeline.addPolicy(armContextPolicy(clock, telemetry), { phase: 'Sign' });
        return client;
      }),
    storageCredential: () => credential(settings.identities.storage),
  };
}

/** The credential of a managed identity of the app. The SDK is loaded on first use. */
export async function managedIdentity(clientId: string): Promise<TokenCredential> {
  const { ManagedIdentityCredential } = await import('@azure/identity');
  return new ManagedIdentityCredential({
    clientId,
    retryOptions: { maxRetries: 1, maxRetryDelayInMs: 1_000 },
  });
}

/** One promise for each key. A failed one is forgotten, so that the next caller tries again. */
function remembered<T>(promises: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = promises.get(key);
  if (known !== undefined) {
    return known;
  }
  const promise = make();
  promises.set(key, promise);
  promise.catch(() => promises.delete(key));
  return promise;
}
