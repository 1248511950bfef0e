import type { Operation } from '../../../sandbox/operation.ts';

const resourceId =
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/Models/providers/Microsoft.Storage/storageAccounts/weights';

/** A write that created a storage account, and what a test says otherwise. */
export function operation(changes: Partial<Operation> = {}): Operation {
  return {
    time: new Date('2026-03-01T10:00:00.123Z'),
    kind: 'write',
    outcome: 'Success',
    resourceId,
    operationName: 'Microsoft.Storage/storageAccounts/write',
    method: 'PUT',
    url: `https://management.azure.com${resourceId}?api-version=2023-05-01`,
    existed: false,
    claims: { appid: 'a', name: 'Ada' },
    evidence: { role: 'Contributor' },
    correlationId: 'c',
    clientRequestId: 'r',
    clientIpAddress: '203.0.113.1',
    apiVersion: '2023-05-01',
    resource: {
      id: resourceId,
      location: 'westeurope',
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS' },
      properties: {
        allowBlobPublicAccess: false,
        publicNetworkAccess: 'Disabled',
        networkAcls: { bypass: 'None', ipRules: [] },
        encryption: { requireInfrastructureEncryption: true },
        supportsHttpsTrafficOnly: true,
      },
    },
    ...changes,
  };
}
