import type { PartKind } from './remediator.ts';

/** The type, as Azure Resource Manager names it, of each part that a control judges. */
export const armTypes: Readonly<Record<PartKind, string>> = {
  'storage-account': 'Microsoft.Storage/storageAccounts',
  'blob-container': 'Microsoft.Storage/storageAccounts/blobServices/containers',
};
