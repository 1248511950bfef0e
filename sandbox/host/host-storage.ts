import type { BlobServiceClient, ContainerClient } from '@azure/storage-blob';

/** When a timer ran and is to run next, as the host keeps it. Moments are ISO 8601. */
export interface ScheduleStatus {
  /** Begin of the last run; the first moment of the year 1 when there was none. */
  readonly Last: string;
  readonly Next: string;
  readonly LastUpdated: string;
}

/** The storage account that the host keeps its own state in, apart from that of the functions. */
export interface HostStorage {
  /** Takes the lock of a listener for a minute; the id of the lease, or undefined while another instance has it. */
  lock(listener: string): Promise<string | undefined>;
  /** Holds a lock for another minute; false when it was lost. */
  renew(listener: string, leaseId: string): Promise<boolean>;
  unlock(listener: string, leaseId: string): Promise<void>;
  readStatus(timer: string): Promise<ScheduleStatus | undefined>;
  writeStatus(timer: string, status: ScheduleStatus): Promise<void>;
}

const connection = 'AzureWebJobsStorage';
const lockInSeconds = 60;

/**
 * Whether an app has storage for its host: `AzureWebJobsStorage__blobServiceUri`, `__queueServiceUri` and
 * `__tableServiceUri` with `__credential=managedidentity`.
 */
export function hasHostStorage(appSettings: Readonly<Record<string, string | undefined>>): boolean {
  const isSet = (name: string): boolean => (appSettings[`${connection}__${name}`] ?? '') !== '';
  return (
    ['blobServiceUri', 'queueServiceUri', 'tableServiceUri'].every(isSet) &&
    appSettings[`${connection}__credential`] === 'managedidentity'
  );
}

/**
 * Opens the host's storage; the SDKs are loaded with the first call. Locks and schedules lie in the container
 * `azure-webjobs-hosts`, under the id that all instances of one app share.
 */
export function openHostStorage(
  appSettings: Readonly<Record<string, string | undefined>>,
  hostId: string,
): HostStorage {
  let opening: Promise<ContainerClient> | undefined;
  const container = async (): Promise<ContainerClient> => {
    opening ??= connect(appSettings);
    try {
      return await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };
  const lockBlob = async (listener: string) =>
    (await container()).getBlockBlobClient(`locks/${hostId}/Host.Functions.${listener}.Listener`);
  const statusBlob = async (timer: string) =>
    (await container()).getBlockBlobClient(`timers/${hostId}/Host.Functions.${timer}/status`);
  return {
    lock: async (listener) => {
      const blob = await lockBlob(listener);
      await ignoring([409, 412], () => blob.upload('', 0, { conditions: { ifNoneMatch: '*' } }));
      const lease = await ignoring([409], () => blob.getBlobLeaseClient().acquireLease(lockInSeconds));
      return lease?.leaseId;
    },
    renew: async (listener, leaseId) => {
      const blob = await lockBlob(listener);
      const renewed = await ignoring([404, 409], () => blob.getBlobLeaseClient(leaseId).renewLease());
      return renewed !== undefined;
    },
    unlock: async (listener, leaseId) => {
      const blob = await lockBlob(listener);
      await ignoring([404, 409], () => blob.getBlobLeaseClient(leaseId).releaseLease());
    },
    readStatus: async (timer) => {
      const blob = await statusBlob(timer);
      const content = await ignoring([404], () => blob.downloadToBuffer());
      return content === undefined ? undefined : (JSON.parse(content.toString()) as ScheduleStatus);
    },
    writeStatus: async (timer, status) => {
      const content = JSON.stringify(status);
      await (await statusBlob(timer)).upload(content, Buffer.byteLength(content));
    },
  };
}

/** What `act` returns; undefined when the service answers with one of these statuses. */
async function ignoring<T>(statuses: readonly number[], act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (statuses.includes((error as { statusCode?: number }).statusCode ?? 0)) {
      return undefined;
    }
    throw error;
  }
}

async function connect(appSettings: Readonly<Record<string, string | undefined>>): Promise<ContainerClient> {
  const clientId = appSettings[`${connection}__clientId`];
  const [{ ManagedIdentityCredential }, { BlobServiceClient: Client }] = await Promise.all([
    import('@azure/identity'),
    import('@azure/storage-blob'),
  ]);
  const service: BlobServiceClient = new Client(
    appSettings[`${connection}__blobServiceUri`] ?? '',
    new ManagedIdentityCredential(clientId === undefined ? {} : { clientId }),
    { retryOptions: { maxTries: 2, retryDelayInMs: 800 } },
  );
  const container = service.getContainerClient('azure-webjobs-hosts');
  await ignoring([409], () => container.create());
  return container;
}
