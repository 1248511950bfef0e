import type { ArmBody } from '../arm/arm-body.ts';
import { isBody } from '../arm/arm-body.ts';
import type { ArmState } from '../arm/arm-state.ts';
import type { Operation } from '../operation.ts';

/** Members that Azure writes by itself with every write. */
const byAzure = ['etag', 'properties.lastModifiedTime', 'properties.provisioningState'];

/** Remembers how every resource was, so that it can be told what a write changed. */
export class BodyChanges {
  readonly #known = new Map<string, ReadonlyMap<string, string>>();
  readonly #state: ArmState;

  constructor(state: ArmState) {
    this.#state = state;
    for (const id of state.ids()) {
      this.#known.set(id.toLowerCase(), flatten(state.get(id) ?? {}));
    }
  }

  /** What an operation changed, such as `allowBlobPublicAccess: false → true`; one text for each property. */
  of({ kind, outcome, resourceId, resource }: Operation): readonly string[] {
    const id = resourceId.toLowerCase();
    // An action tells of no resource, and may change it all the same: a new key has another time of creation.
    const body = kind === 'action' ? this.#state.get(id) : resource;
    if (outcome !== 'Success') {
      return [];
    }
    if (body === undefined) {
      this.#known.delete(id);
      return [];
    }
    const before = this.#known.get(id);
    const after = flatten(body);
    this.#known.set(id, after);
    return before === undefined ? [] : differences(before, after);
  }
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths]
    .filter((path) => !byAzure.includes(path) && before.get(path) !== after.get(path))
    .map((path) => {
      const name = path.replace(/^properties\./, '');
      // Kept together when lines are wrapped.
      return `${name}: ${[before, after].map((body) => body.get(path) ?? 'absent').join('\u00a0→\u00a0')}`;
    });
}

function flatten(body: ArmBody, prefix = ''): ReadonlyMap<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(body)) {
    const path = `${prefix}${name}`;
    if (isBody(value)) {
      flatten(value, `${path}.`).forEach((inner, innerPath) => flat.set(innerPath, inner));
    } else {
      flat.set(path, typeof value === 'string' ? value : JSON.stringify(value));
    }
  }
  return flat;
}
