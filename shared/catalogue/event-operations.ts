import type { PartKind, Remediator } from '../engine/remediator.ts';

/** The type, as Azure Resource Manager names it, of each part that a control judges. */
export const armTypes: Readonly<Record<PartKind, string>> = {
  'storage-account': 'Microsoft.Storage/storageAccounts',
  'blob-container': 'Microsoft.Storage/storageAccounts/blobServices/containers',
};

/**
 * The operations, as Azure names them in `data.operationName` of an event, after which some control may have drifted:
 * every write and delete of a judged type or of its root. Compare without regard to case: Azure mixes it.
 */
export function eventOperations(catalogue: readonly Remediator[]): readonly string[] {
  const types = new Set(catalogue.flatMap(({ meta }) => [armTypes[meta.observes], armTypes[meta.part]]));
  return [...types].flatMap((type) => [`${type}/delete`, `${type}/write`]).sort();
}
