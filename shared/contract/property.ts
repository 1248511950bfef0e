import type { z } from 'zod';
import { readAs } from '../read-as.ts';
import { ownMember } from '../own-member.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { ArmResource } from './observation.ts';

/**
 * The few properties that a control reads, checked. The error names the path and the expected type, never the value,
 * which may be a secret.
 * @throws RemediationError `malformed-input` on a resource that is not of the declared shape.
 */
export function readView<View>(view: z.ZodType<View>, resource: ArmResource): View {
  return readAs(view, resource, `"${resource.id}"`);
}

/** The value at a path. `unknown`: the source may have left it out. */
export type Property =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown' };

/** Reads the property at a dotted path of a resource. A JSON null counts as absent, as Azure treats it. */
export function propertyAt(resource: JsonObject, path: string, isComplete = true): Property {
  let value: Json | undefined = resource;
  for (const name of path.split('.')) {
    value = isJsonObject(value) ? ownMember(value, name) : undefined;
  }
  if (value !== undefined && value !== null) {
    return { kind: 'value', value };
  }
  return isComplete ? { kind: 'absent' } : { kind: 'unknown' };
}
