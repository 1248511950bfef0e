import type { ResourceGraphClient } from '@azure/arm-resourcegraph';
import type { StorageManagementClient } from '@azure/arm-storage';
import type { TokenCredential } from '@azure/identity';
import type { Clock } from '../clock.ts';
import type { Settings } from '../settings.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { armContextPolicy } from './arm-context.ts';

/** What an identity may do. Each power is a managed identity of its own, with a role of its own. */
export type Power = 'observe' | 'remediate';

/** Gets the credential for our own storage account. */
export type StorageCredential = () => Promise<TokenCredential>;

/** Hands out management clients by power and subscription. SDKs are loaded when first asked for. */
export interface AzureClients {
  storage(power: Power, subscriptionId: string): Promise<StorageManagementClient>;
  /** Queries over whatever the identity that observes may read. */
  resourceGraph(): Promise<ResourceGraphClient>;
  /** The credential for our own storage account. */
  readonly storageCredential: StorageCredential;
}

/** The newest version of the storage provider that recorded answers of Azure show in use. */
const storageApiVersion = '2025-06-01';

export function createAzureClients(settings: Settings, clock: Clock, telemetry: Telemetry): AzureClients {
  const credentials = new Map<string, Promise<TokenCredential>>();
  const clients = new Map<string, Promise<StorageManagementClient>>();
  const graphs = new Map<string, Promise<ResourceGraphClient>>();

  const credential = (clientId: string): Promise<TokenCredential> =>
    remembered(credentials, clientId, async () => {
      const { ManagedIdentityCredential } = await import('@azure/identity');
      return new ManagedIdentityCredential({
        clientId,
        retryOptions: { maxRetries: 1, maxRetryDelayInMs: 1_000 },
      });
    });

  return {
    storage: (power, subscriptionId) =>
      remembered(clients, `${power} ${subscriptionId}`, async () => {
        const [{ StorageManagementClient }, identity] = await Promise.all([
          import('@azure/arm-storage'),
          credential(settings.identities[power]),
        ]);
        const client = new StorageManagementClient(identity, subscriptionId, {
          endpoint: settings.arm.endpoint,
          credentials: { scopes: [`${settings.arm.audience}/.default`] },
          apiVersion: storageApiVersion,
          // The engine retries, with the row released in between: a handler that sleeps holds its claim for nothing.
          retryOptions: { maxRetries: 0 },
        });
        client.pipeline.addPolicy(armContextPolicy(clock, telemetry), { phase: 'Sign' });
        return client;
      }),
    resourceGraph: () =>
      remembered(graphs, 'observe', async () => {
        const [{ ResourceGraphClient }, identity] = await Promise.all([
          import('@azure/arm-resourcegraph'),
          credential(settings.identities.observe),
        ]);
        // The api-version is the SDK's own: its client takes no other.
        const client = new ResourceGraphClient(identity, {
          endpoint: settings.arm.endpoint,
          credentials: { scopes: [`${settings.arm.audience}/.default`] },
          retryOptions: { maxRetries: 0 },
        });
        client.pipeline.addPolicy(armContextPolicy(clock, telemetry), { phase: 'Sign' });
        return client;
      }),
    storageCredential: () => credential(settings.identities.storage),
  };
}

/** One promise for each key; a failed one is forgotten, so that the next caller tries again. */
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
