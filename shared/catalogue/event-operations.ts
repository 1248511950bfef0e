import { obstructingOperations } from '../azure/obstructing-types.ts';
import { armTypes, companionTypes } from '../contract/arm-types.ts';
import type { Remediator } from '../contract/remediator.ts';

/** Deletes above every root: Azure reports the deleted group only, not the resources that go with it. */
const deletesAbove = ['Microsoft.Resources/subscriptions/resourceGroups/delete'];

/**
 * The operations, as Azure names them in `data.operationName` of an event, after which some control may have drifted:
 * every write and delete of a judged type, of its root, or of a child that shows in the root's body, and the delete
 * of a resource group above. The operations that may end an obstruction are included, since a held change may then be
 * made. Compare without regard to case: Azure mixes it.
 */
export function eventOperations(catalogue: readonly Remediator[]): readonly string[] {
  const types = new Set(
    catalogue.flatMap(({ meta }) => [
      armTypes[meta.observes],
      armTypes[meta.part],
      ...companionTypes[meta.observes],
    ]),
  );
  const judged = [...types].flatMap((type) => [`${type}/delete`, `${type}/write`]);
  return [...judged, ...deletesAbove, ...obstructingOperations].sort();
}
