import type { ArmBody } from './arm-body.ts';
import { text } from './arm-body.ts';
import { nameOf, parseArmPath } from './arm-path.ts';
import type { ResourceStore } from './resource-store.ts';
import { ensureScope, groupBody, subscriptionBody } from './resource-store.ts';

/** The world behind Resource Manager, for tests and stories: no call, no right, no event. */
export class ArmState {
  readonly #store: ResourceStore;
  readonly #tenantId: string;

  constructor(store: ResourceStore, tenantId: string) {
    this.#store = store;
    this.#tenantId = tenantId;
  }

  addSubscription(subscriptionId: string, displayName: string): void {
    this.#store.set(
      `/subscriptions/${subscriptionId}`,
      subscriptionBody(subscriptionId, displayName, this.#tenantId),
    );
  }

  addGroup(subscriptionId: string, name: string, location = 'westeurope'): void {
    const id = `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
    ensureScope(this.#store, `/subscriptions/${subscriptionId}`, this.#tenantId);
    this.#store.set(id, groupBody(id, location));
  }

  /**
   * Puts a body in place as it is, under its own id or another; a GET gives it back unchanged. Makes its
   * subscription and group if they are not there. Throws if the body names no resource.
   */
  load(body: ArmBody, id = text(body, 'id')): void {
    if (parseArmPath(id)?.isResource !== true) {
      throw new Error(`Cannot load "${id}": it is not the id of a resource`);
    }
    ensureScope(this.#store, id, this.#tenantId);
    this.#store.set(id, body);
  }

  /** The body as it is held; undefined where there is none. */
  get(id: string): ArmBody | undefined {
    const body = this.#store.get(id)?.body;
    return body && structuredClone(body);
  }

  /** Removes a resource and all below it; says whether it was there. */
  remove(id: string): boolean {
    return this.#store.remove(id);
  }

  /** Ids of all resources, in the order in which they came. */
  ids(): readonly string[] {
    return this.#store.all().map(({ id }) => id);
  }

  clear(): void {
    this.#store.clear();
  }
}

/** A copy of a body under another name and place, such as one of many accounts made of a recorded one. */
export function relocate(body: ArmBody, id: string): ArmBody {
  const before = text(body, 'name');
  const copy = JSON.stringify({ ...body, id, name: nameOf(id) });
  return JSON.parse(before === '' ? copy : copy.replaceAll(`//${before}`, `//${nameOf(id)}`)) as ArmBody;
}
