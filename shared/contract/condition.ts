import { isDeepStrictEqual } from 'node:util';
import type { Json } from './json.ts';
import type { ArmResource } from './observation.ts';
import { propertyAt } from './property.ts';

/** The value that one property has, or must have: a JSON value (`is`), or none (`absent`). */
export type Condition = { readonly is: Json } | { readonly absent: true };

/** Conditions by property path, over exactly the properties that a step touches. */
export type Conditions = Readonly<Record<string, Condition>>;

/** The condition that describes a property as it is now. */
export function conditionOf(actual: Json | undefined): Condition {
  return actual === undefined ? { absent: true } : { is: actual };
}

/** True if a resource meets every condition. */
export function isAt(resource: ArmResource, conditions: Conditions): boolean {
  return Object.entries(conditions).every(([path, condition]) => {
    const property = propertyAt(resource, path);
    return 'absent' in condition
      ? property.kind === 'absent'
      : property.kind === 'value' && isDeepStrictEqual(property.value, condition.is);
  });
}
