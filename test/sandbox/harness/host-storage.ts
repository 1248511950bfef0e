import type { Storage } from '../../../sandbox/storage/storage.ts';

/** App settings of a host that keeps its own state in the sandbox's account. */
export function hostStorageOf(
  { urls }: Pick<Storage, 'urls'>,
  clientId = 'c0ffee00-0000-0000-0000-000000000000',
): Record<string, string> {
  return {
    AzureWebJobsStorage__blobServiceUri: urls.blobs,
    AzureWebJobsStorage__queueServiceUri: urls.queues,
    AzureWebJobsStorage__tableServiceUri: urls.tables,
    AzureWebJobsStorage__credential: 'managedidentity',
    AzureWebJobsStorage__clientId: clientId,
  };
}
