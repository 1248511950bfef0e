import { createAzureClients } from '../shared/azure/clients.ts';
import type { Observer } from '../shared/contract/observer.ts';
import { storageAccountObserver } from '../shared/azure/observers/storage-account.ts';
import { type ListSubscriptions, openSubscriptionList } from '../shared/azure/subscription-list.ts';
import type { Clock } from '../shared/clock.ts';

/** Where Resource Manager is, and for whom its tokens are. */
export interface ArmEndpoint {
  readonly endpoint: string;
  readonly audience: string;
}

/** What a scan reads Azure with. Nothing can be written through it. */
export interface AzureReader {
  readonly observers: readonly Observer[];
  /** Every subscription that the login may see and that is not deleted. */
  readonly listSubscriptions: ListSubscriptions;
}

export type OpenAzure = (arm: ArmEndpoint, clock: Clock) => Promise<AzureReader>;

/** How often a request is repeated when Azure throttles or fails. A wait that it asks for is honoured. */
const maxRetries = 5;

/** Somebody waits for the first call, which shows a wrong endpoint: it is given up sooner. */
const maxFirstRetries = 2;

/** With the login of whoever runs the command: Azure CLI, environment, or managed identity. The SDKs load here. */
export const openAzure: OpenAzure = async (arm, clock) => {
  const { DefaultAzureCredential } = await import('@azure/identity');
  const credential = new DefaultAzureCredential();
  // One login does all: the powers of a running service are apart, and a scan only ever reads.
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
