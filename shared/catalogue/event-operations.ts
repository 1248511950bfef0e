import { armTypes } from '../contract/arm-types.ts';
import type { Remediator, RootKind } from '../contract/remediator.ts';

/** Children whose writes show in the body of their root. */
const companions: Readonly<Record<RootKind, readonly string[]>> = {
  'storage-account': ['Microsoft.Storage/storageAccounts/privateEndpointConnections'],
};

/** Operations that may lift a lock: its deletion, and a change of its level. */
const lockOperations = ['Microsoft.Authorization/locks/delete', 'Microsoft.Authorization/locks/write'];

/** Deletes above every root: Azure reports the deleted group only, not the resources that go with it. */
const deletesAbove = ['Microsoft.Resources/subscriptions/resourceGroups/delete'];

/**
 * The operations, as Azure names them in `data.operationName` of an event, after which some control may have drifted:
 * every write and delete of a judged type, of its root, or of a child that shows in the root's body, and the delete
 * of a resource group above. Lock operations are included, since a held change may then be made. Compare without
 * regard to case: Azure mixes it.
 */
export function eventOperations(catalogue: readonly Remediator[]): readonly string[] {
  const types = new Set(
    catalogue.flatMap(({ meta }) => [
      armTypes[meta.observes],
      armTypes[meta.part],
      ...companions[meta.observes],
    ]),
  );
  const judged = [...types].flatMap((type) => [`${type}/delete`, `${type}/write`]);
  return [...judged, ...deletesAbove, ...lockOperations].sort();
}
