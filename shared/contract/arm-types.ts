/** Kinds of root that an observer can read. */
export type RootKind = 'storage-account';

/** The part of a root that a control judges: the root itself, or its children of one type. */
export type PartKind = 'storage-account' | 'blob-container';

/** The Azure Resource Manager type of each part that a control can judge. */
export const armTypes: Readonly<Record<PartKind, string>> = {
  'storage-account': 'Microsoft.Storage/storageAccounts',
  'blob-container': 'Microsoft.Storage/storageAccounts/blobServices/containers',
};

/** Types of children that no control judges, but whose writes show in the body of their root. */
export const companionTypes: Readonly<Record<RootKind, readonly string[]>> = {
  'storage-account': ['Microsoft.Storage/storageAccounts/privateEndpointConnections'],
};
