import type { QueueServiceClient } from '@azure/storage-queue';

/** Gives the client of a connection, the same one each time. */
export type QueueConnections = (connection: string) => Promise<QueueServiceClient>;

/**
 * Connections of storage bindings by the names of their app settings: `<name>__queueServiceUri`,
 * `<name>__credential` and `<name>__clientId`, as in Azure. Connection strings are refused: no key exists here.
 *
 * The SDKs are loaded when the first connection is asked for.
 */
export function createQueueConnections(
  appSettings: Readonly<Record<string, string | undefined>>,
): QueueConnections {
  const known = new Map<string, Promise<QueueServiceClient>>();
  return (connection) => {
    const client = known.get(connection) ?? connect(connection, appSettings);
    known.set(connection, client);
    return client;
  };
}

/** Throws when the settings of a connection are missing or of a kind that is not taken. */
export function assertConnection(
  connection: string,
  appSettings: Readonly<Record<string, string | undefined>>,
): string {
  const url = appSettings[`${connection}__queueServiceUri`];
  if (url === undefined) {
    throw new Error(
      connection in appSettings
        ? `The app setting "${connection}" is a connection string: set "${connection}__queueServiceUri"`
        : `No app setting "${connection}__queueServiceUri"`,
    );
  }
  const credential = appSettings[`${connection}__credential`];
  if (credential !== 'managedidentity') {
    throw new Error(
      `The app setting "${connection}__credential" is "${credential ?? ''}", not "managedidentity"`,
    );
  }
  return url;
}

async function connect(
  connection: string,
  appSettings: Readonly<Record<string, string | undefined>>,
): Promise<QueueServiceClient> {
  const url = assertConnection(connection, appSettings);
  const clientId = appSettings[`${connection}__clientId`];
  const [{ ManagedIdentityCredential }, { QueueServiceClient: Client }] = await Promise.all([
    import('@azure/identity'),
    import('@azure/storage-queue'),
  ]);
  const credential = new ManagedIdentityCredential(clientId === undefined ? {} : { clientId });
  return new Client(url, credential, {
    // The defaults of the extension's own SDK, which waits less than this one.
    retryOptions: { maxTries: 4, retryDelayInMs: 800, maxRetryDelayInMs: 60_000 },
  });
}
