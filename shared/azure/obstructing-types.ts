import type { Obstruction } from '../contract/obstruction.ts';
import { managerTypes } from './surroundings-actions.ts';

/**
 * The types of what lies on a scope and may keep the cases below it open, and how. A write counts as a deletion does: a lock
 * gets another level, an assignment another effect, an exemption an earlier end.
 */
const onScopes: Readonly<Record<string, readonly Obstruction[]>> = {
  'Microsoft.Authorization/locks': ['locked'],
  'Microsoft.Authorization/policyAssignments': ['denied-by-policy', 'exempt'],
  'Microsoft.Authorization/policyExemptions': ['exempt', 'denied-by-policy'],
  'Microsoft.Authorization/roleAssignments': ['access-denied'],
};

/** The same by lower-case type. */
export const obstructingTypes: ReadonlyMap<string, readonly Obstruction[]> = new Map(
  Object.entries(onScopes).map(([type, obstructions]) => [type.toLowerCase(), obstructions]),
);

/** The obstructions that end with a resource that manages groups: it may also have laid a deny assignment on them. */
export const managing: readonly Obstruction[] = ['managed', 'deny-assignment'];

/** The operations that may end an obstruction, as Azure names them in events. */
export const obstructingOperations: readonly string[] = [
  ...Object.keys(onScopes).flatMap((type) => [`${type}/delete`, `${type}/write`]),
  ...Object.values(managerTypes).map(({ read }) => read.replace(/read$/, 'delete')),
];
