import { randomUUID } from 'node:crypto';

/** A guarded subscription for one test, so that tests share a sandbox and nothing else. */
export const newSubscription = (): string => randomUUID();

type Properties = Record<string, unknown>;

/** A storage account that every control finds in sync, but for what is given. */
export function account(subscription: string, name: string, properties: Properties = {}) {
  return {
    id: `/subscriptions/${subscription}/resourceGroups/rg-models/providers/Microsoft.Storage/storageAccounts/${name}`,
    name,
    type: 'Microsoft.Storage/storageAccounts',
    kind: 'StorageV2',
    location: 'westeurope',
    sku: { name: 'Standard_LRS', tier: 'Standard' },
    tags: { team: 'training' },
    properties: {
      allowBlobPublicAccess: false,
      supportsHttpsTrafficOnly: true,
      minimumTlsVersion: 'TLS1_2',
      allowSharedKeyAccess: false,
      publicNetworkAccess: 'Disabled',
      encryption: { requireInfrastructureEncryption: true, keySource: 'Microsoft.Storage' },
      provisioningState: 'Succeeded',
      ...properties,
    },
  };
}

export function blobService(accountId: string) {
  return {
    id: `${accountId}/blobServices/default`,
    name: 'default',
    type: 'Microsoft.Storage/storageAccounts/blobServices',
    properties: {},
  };
}

export function container(
  accountId: string,
  name: string,
  publicAccess: 'None' | 'Blob' | 'Container' = 'None',
) {
  return {
    id: `${accountId}/blobServices/default/containers/${name}`,
    name,
    type: 'Microsoft.Storage/storageAccounts/blobServices/containers',
    etag: '"0x8D000000000000"',
    properties: { publicAccess, hasImmutabilityPolicy: false, hasLegalHold: false },
  };
}
