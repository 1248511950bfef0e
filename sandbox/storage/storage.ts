import type { FaultRegistry } from '../faults.ts';
import { startAzurite } from './azurite.ts';
import { StoragePrincipals } from './principals.ts';
import type { StorageAssignments, TokenCheck } from './principals.ts';
import { startProxy } from './proxy.ts';
import type { StorageService } from './storage-error.ts';

export interface StorageOptions {
  /** Files in PEM: the authority to trust, a certificate for localhost and 127.0.0.1, and its key. */
  readonly tls: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
  readonly faults: FaultRegistry;
  /** Object ids that own all data of a service, for each service; nobody else may do anything. */
  readonly principals?: StorageAssignments;
  /** Refuses tokens that the tenant did not issue; when absent a token is taken at its word. */
  readonly isGenuine?: TokenCheck;
  /** Name of the account; `leakstopstate` when absent. */
  readonly account?: string;
  /** Names of further accounts, such as those of functions hosts; nobody has a role on them yet. */
  readonly furtherAccounts?: readonly string[];
  /** Where data is kept; in memory when absent. */
  readonly directory?: string;
  /** More variables for Azurite, such as those of compressed time. */
  readonly environment?: Readonly<Record<string, string>>;
}

export type StorageUrls = Readonly<Record<StorageService, string>>;

export interface Storage {
  readonly account: string;
  /** Address of each service, account included, without a slash at the end. */
  readonly urls: StorageUrls;
  /** The same for another account. */
  urlsOf(account: string): StorageUrls;
  /** Can be changed while the sandbox runs. */
  readonly principals: StoragePrincipals;
  /** Calls that arrived since the start or the last reset, answered or not. */
  count(service: StorageService, method?: string): number;
  resetCounts(): void;
  /** Process id of Azurite. */
  readonly processId: number | undefined;
  stop(): Promise<void>;
}

const services = ['blobs', 'queues', 'tables'] as const satisfies readonly StorageService[];

/**
 * Starts a storage account: Azurite, reached over TLS through a proxy for each service that checks who calls, plays
 * faults and counts.
 *
 * @throws Error when Azurite does not start.
 */
export async function startStorage(options: StorageOptions): Promise<Storage> {
  const account = options.account ?? 'leakstopstate';
  const principals = new StoragePrincipals(options.principals, options.isGenuine, account);
  const counts = new Map<string, number>();
  const azurite = await startAzurite({
    ...options,
    ...options.tls,
    accounts: [account, ...(options.furtherAccounts ?? [])],
  });
  const proxies = await Promise.all(
    services.map((service) =>
      startProxy({
        ...options.tls,
        service,
        targetPort: azurite.ports[service],
        faults: options.faults,
        principals,
        onCall: (method) => {
          const key = `${service} ${method}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        },
      }),
    ),
  );
  const urlsOf = (name: string): StorageUrls => {
    const addresses = services.map((service, index) => [
      service,
      // By address: the Tables SDK takes "localhost" for Cosmos DB and asks for a token of that audience.
      `https://127.0.0.1:${proxies[index]?.port ?? 0}/${name}`,
    ]);
    return Object.fromEntries(addresses) as StorageUrls;
  };
  return {
    account,
    urls: urlsOf(account),
    urlsOf,
    principals,
    count: (service, method) =>
      [...counts]
        .filter(([key]) => key.startsWith(`${service} ${method ?? ''}`))
        .reduce((sum, [, count]) => sum + count, 0),
    resetCounts: () => counts.clear(),
    processId: azurite.child.pid,
    stop: async () => {
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await azurite.stop();
    },
  };
}
