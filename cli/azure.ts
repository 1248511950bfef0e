import { createAzureClients } from '../shared/azure/clients.ts';
import type { Observer } from '../shared/contract/observer.ts';
import { storageAccountObserver } from '../shared/azure/observers/storage-account.ts';
import { type ListSubscriptions, openSubscriptionList } from '../shared/azure/subscription-list.ts';
import type { Clock } from '../shared/clock.ts';

/** Address of Resource Manager, and the audience of its tokens. */
export interface ArmEndpoint {
  readonly endpoint: string;
  readonly audience: string;
}

/** Read access to Azure for a scan. Nothing can be written through this interface. */
export interface AzureReader {
  readonly observers: readonly Observer[];
  /** Lists every subscription that the login may see and that is not deleted. */
  readonly listSubscriptions: ListSubscriptions;
}

export type OpenAzure = (arm: ArmEndpoint, clock: Clock) => Promise<AzureReader>;

/** Most repetitions of a request after Azure throttles or fails. A wait that Azure asks for is honoured. */
const maxRetries = 5;

/** Most repetitions of the first call. It is given up sooner: somebody waits for it, and it shows a wrong endpoint. */
const maxFirstRetries = 2;

/**
 * Opens Azure with the login of whoever runs the command: Azure CLI, environment, or managed identity. The SDKs load here.
 */
export const openAzure: OpenAzure = async (arm, clock) => {
  const { DefaultAzureCredential } = await import('@azure/identity');
  const credential = new DefaultAzureCredential();
  // One login serves all three purposes. A running service keeps its powers apart; a scan only reads.
  const identities = { observe: 'caller', remediate: 'caller', storage: 'caller' };
  const untold = { dependency: <T>(_name: string, act: () => Promise<T>) => act() };
  const clients = createAzureClients({ arm, identities }, clock, untold, {
    credential: () => Promise.resolve(credential),
    maxRetries,
  });
  return {
    observers: [storageAccountObserver(clients, clock)],
    listSubscriptions: openSubscriptionList({
      arm,
      credential: () => Promise.resolve(credential),
      clock,
      telemetry: untold,
      maxRetries: maxFirstRetries,
    }),
  };
};
