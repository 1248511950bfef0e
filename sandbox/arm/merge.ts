import type { ArmBody } from './arm-body.ts';
import { isBody } from './arm-body.ts';

/** How a type takes what a request says into what is there. */
export interface MergeRules {
  /** Members beside `properties` that a request may set, such as `tags` and `sku`. They are replaced whole. */
  readonly members: readonly string[];
  /** Properties that only the service sets: what a request says of them is passed over. */
  readonly readOnly: readonly string[];
  /** Object-valued properties that are merged member by member. All others are replaced whole. */
  readonly deep: readonly string[];
  /** Properties, dots between, that no request may change once the resource exists. */
  readonly immutable: readonly string[];
}

/** The body that comes of a request: null and absent mean unchanged, names are known in any case. */
export function mergeBody(current: ArmBody, request: ArmBody, rules: MergeRules): ArmBody {
  const merged: Record<string, unknown> = { ...current };
  for (const name of rules.members) {
    const value = request[name];
    if (value !== undefined && value !== null) {
      merged[name] = value;
    }
  }
  if (isBody(request.properties)) {
    merged.properties = mergeProperties(
      isBody(current.properties) ? current.properties : {},
      request.properties,
      rules,
    );
  }
  return merged;
}

/** Value of a path with dots, names in any case; undefined where there is none. */
export function valueAt(body: unknown, path: string): unknown {
  let value = body;
  for (const name of path.split('.')) {
    value = isBody(value) ? value[knownName(value, name)] : undefined;
  }
  return value;
}

function mergeProperties(current: ArmBody, request: ArmBody, rules: MergeRules): ArmBody {
  const merged: Record<string, unknown> = { ...current };
  for (const [requested, value] of Object.entries(request)) {
    const name = knownName(current, requested);
    if (value === null || includesName(rules.readOnly, name)) {
      continue;
    }
    merged[name] = includesName(rules.deep, name) ? mergeDeep(merged[name], value) : value;
  }
  return merged;
}

function mergeDeep(current: unknown, request: unknown): unknown {
  if (!isBody(current) || !isBody(request)) {
    return request;
  }
  const merged: Record<string, unknown> = { ...current };
  for (const [requested, value] of Object.entries(request)) {
    const name = knownName(current, requested);
    if (value !== null) {
      merged[name] = mergeDeep(merged[name], value);
    }
  }
  return merged;
}

function knownName(body: ArmBody, name: string): string {
  return Object.keys(body).find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
}

function includesName(names: readonly string[], name: string): boolean {
  return names.some((one) => one.toLowerCase() === name.toLowerCase());
}
