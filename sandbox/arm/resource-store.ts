import type { ArmBody } from './arm-body.ts';
import { text } from './arm-body.ts';
import { nameOf, parseArmPath, typeOf } from './arm-path.ts';

/** A resource as it is held: its body is the answer to a GET, untouched. */
export interface StoredResource {
  /** Id in the spelling in which it was stored. */
  readonly id: string;
  /** Type as its id says it, such as `Microsoft.Storage/storageAccounts`. */
  readonly type: string;
  readonly body: ArmBody;
}

/** All resources, by id without regard to case, in the order in which they came. */
export class ResourceStore {
  #resources = new Map<string, StoredResource>();
  readonly #listeners: ((key: string, resource: StoredResource | undefined) => void)[] = [];

  /** Tells of each change: the key of a resource, and the resource unless it is gone. */
  onChange(listener: (key: string, resource: StoredResource | undefined) => void): void {
    this.#listeners.push(listener);
  }

  get(id: string): StoredResource | undefined {
    return this.#resources.get(keyOf(id));
  }

  has(id: string): boolean {
    return this.#resources.has(keyOf(id));
  }

  /** Stores a body under an id. The spelling of an id that is already there stays. */
  set(id: string, body: ArmBody): StoredResource {
    const path = parseArmPath(id);
    if (path?.isResource !== true) {
      throw new Error(`Cannot store "${id}": it is not the id of a resource`);
    }
    const stored = { id: this.get(id)?.id ?? id, type: typeOf(path), body: structuredClone(body) };
    this.#resources.set(keyOf(id), stored);
    this.#tell(keyOf(id), stored);
    return stored;
  }

  /** Removes a resource and everything that lies under it; returns whether it was there. */
  remove(id: string): boolean {
    const key = keyOf(id);
    for (const other of [...this.#resources.keys()]) {
      if (other.startsWith(`${key}/`)) {
        this.#forget(other);
      }
    }
    return this.#forget(key);
  }

  clear(): void {
    for (const key of [...this.#resources.keys()]) {
      this.#forget(key);
    }
  }

  /** Resources of a type under a scope (an id, or all when empty), as deep as they lie. */
  list(type: string, scope = ''): readonly StoredResource[] {
    const prefix = scope === '' ? '' : `${keyOf(scope)}/`;
    const wanted = type.toLowerCase();
    return [...this.#resources.values()].filter(
      (resource) => resource.type.toLowerCase() === wanted && keyOf(resource.id).startsWith(prefix),
    );
  }

  all(): readonly StoredResource[] {
    return [...this.#resources.values()];
  }

  #forget(key: string): boolean {
    const wasThere = this.#resources.delete(key);
    if (wasThere) {
      this.#tell(key, undefined);
    }
    return wasThere;
  }

  #tell(key: string, resource: StoredResource | undefined): void {
    for (const listener of this.#listeners) {
      listener(key, resource);
    }
  }
}

/** Location as limits know it: `West US 2` and `westus2` are one. */
export function locationOf(body: ArmBody | undefined): string {
  return text(body, 'location').replaceAll(' ', '').toLowerCase();
}

/** Makes sure that the subscription and the group of an id exist. */
export function ensureScope(store: ResourceStore, id: string, tenantId: string): void {
  const path = parseArmPath(id);
  if (path?.subscriptionId === undefined) {
    return;
  }
  const subscription = `/subscriptions/${path.subscriptionId}`;
  if (!store.has(subscription)) {
    store.set(
      subscription,
      subscriptionBody(path.subscriptionId, `Subscription ${path.subscriptionId}`, tenantId),
    );
  }
  const group = path.group === undefined ? undefined : `${subscription}/resourceGroups/${path.group}`;
  if (group !== undefined && !store.has(group)) {
    store.set(group, groupBody(group, 'westeurope'));
  }
}

export function subscriptionBody(subscriptionId: string, displayName: string, tenantId: string): ArmBody {
  return {
    id: `/subscriptions/${subscriptionId}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId,
    tenantId,
    displayName,
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'EnterpriseAgreement_2014-09-01',
      spendingLimit: 'Off',
    },
  };
}

export function groupBody(id: string, location: string): ArmBody {
  return {
    id,
    name: nameOf(id),
    type: 'Microsoft.Resources/resourceGroups',
    location,
    properties: { provisioningState: 'Succeeded' },
  };
}

function keyOf(id: string): string {
  return id.replace(/\/+$/, '').toLowerCase();
}
