import { armTypes } from '../contract/arm-types.ts';
import type { Remediator, RootKind } from '../contract/remediator.ts';

/** Children whose writes show in the body of their root. */
const companions: Readonly<Record<RootKind, readonly string[]>> = {
  'storage-account': ['Microsoft.Storage/storageAccounts/privateEndpointConnections'],
};

/** Operations after which what a lock held may be changed: its deletion, and its level. */
const lockOperations = ['Microsoft.Authorization/locks/delete', 'Microsoft.Authorization/locks/write'];

/** Deletes of what lies above every root: Azure tells of a group alone, and not of what goes with it. */
const deletesAbove = ['Microsoft.Resources/subscriptions/resourceGroups/delete'];

/**
 * The operations, as Azure names them in `data.operationName` of an event, after which some control may have drifted:
 * every write and delete of a judged type, of its root, or of what shows in the root's body, and the delete of what lies
 * above; and those after which a change that was held may be made. Compare without regard to case: Azure mixes it.
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
