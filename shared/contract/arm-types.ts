import type { PartKind } from './remediator.ts';

/** The Azure Resource Manager type of each part that a control can judge. */
export const armTypes: Readonly<Record<PartKind, string>> = {
  'storage-account': 'Microsoft.Storage/storageAccounts',
  'blob-container': 'Microsoft.Storage/storageAccounts/blobServices/containers',
};
