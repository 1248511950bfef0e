import { expect } from 'vitest';
import { conditionOf, type Conditions } from '../../shared/contract/condition.ts';
import { propertyAt } from '../../shared/contract/property.ts';
import { type ArmResource } from '../../shared/contract/observation.ts';
import { type Change } from '../../shared/contract/change.ts';
import { type Json, type JsonObject } from '../../shared/contract/json.ts';

/** The value at a path, undefined where there is none: what a condition describes. */
export function valueAt(resource: JsonObject, path: string): Json | undefined {
  const property = propertyAt(resource, path);
  return property.kind === 'value' ? property.value : undefined;
}

/** A copy with one value replaced, and the objects on the way to it made where they are missing. */
export function withValue<T extends JsonObject>(resource: T, path: string, value: Json): T {
  const [name = '', ...rest] = path.split('.');
  const child = resource[name];
  const inner =
    typeof child === 'object' && child !== null && !Array.isArray(child) ? (child as JsonObject) : {};
  return { ...resource, [name]: rest.length === 0 ? value : withValue(inner, rest.join('.'), value) };
}

/** A copy without the property. */
export function withoutValue<T extends JsonObject>(resource: T, path: string): T {
  const [name = '', ...rest] = path.split('.');
  const { [name]: child, ...others } = resource;
  return rest.length === 0 || child === undefined
    ? (others as T)
    : ({ ...others, [name]: withoutValue(child as JsonObject, rest.join('.')) } as unknown as T);
}

/** What Azure would hold after the change. Fails where a step's `before` does not describe the resource. */
export function applyChange(resource: ArmResource, { steps }: Pick<Change, 'steps'>): ArmResource {
  return steps.reduce((current, step) => {
    expect(step.target).toBe(resource.id);
    expect(Object.keys(step.before).sort()).toEqual(Object.keys(step.after).sort());
    for (const [path, condition] of Object.entries(step.before)) {
      expect(condition).toEqual(conditionOf(valueAt(current, path)));
    }
    return Object.entries(step.after).reduce((next, [path, condition]) => {
      if (!('is' in condition)) {
        throw new Error(`Cannot make "${path}" absent by a PATCH`);
      }
      return withValue(next, path, condition.is);
    }, current);
  }, resource);
}

/** The change that takes this one back, from nothing but what was stored with it. */
export function undoOf(change: Change): Pick<Change, 'steps'> {
  const { undo } = change;
  const values = undo.kind === 'default' ? (undo.values ?? {}) : {};
  return {
    steps: change.steps.toReversed().map((step) => ({
      ...step,
      before: step.after,
      after: Object.fromEntries(
        Object.entries(step.before).map(([path, condition]) => [
          path,
          'is' in condition ? condition : { is: defaultOf(values, path) },
        ]),
      ) satisfies Conditions,
    })),
  };
}

function defaultOf(values: Readonly<Record<string, Json>>, path: string): Json {
  const value = values[path];
  if (value === undefined) {
    throw new Error(`Cannot undo: "${path}" was absent and no default is given`);
  }
  return value;
}
