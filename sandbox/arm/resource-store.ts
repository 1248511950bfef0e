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
  /** When it came and when it was last written, in milliseconds since 1970. */
  readonly createdAt: number;
  readonly changedAt: number;
}

/** Where resources of a type stand that are another view of something: role assignments, tags of a resource. */
export interface Keeper {
  get(id: string): StoredResource | undefined;
  set(id: string, body: ArmBody): StoredResource;
  /** Returns whether it was there. */
  remove(id: string): boolean;
  /** Those that a list under a scope shows. */
  list(scope: string): readonly StoredResource[];
}

/** All resources, by id without regard to case, in the order in which they came. */
export class ResourceStore {
  #resources = new Map<string, StoredResource>();
  readonly #keepers = new Map<string, Keeper>();
  readonly #now: () => number;
  readonly #listeners: ((key: string, resource: StoredResource | undefined) => void)[] = [];

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** From now on resources of a type, which has one segment, stand elsewhere. */
  mount(type: string, keeper: Keeper): void {
    this.#keepers.set(type.toLowerCase(), keeper);
  }

  /** Tells of each change: the key of a resource, and the resource unless it is gone. */
  onChange(listener: (key: string, resource: StoredResource | undefined) => void): void {
    this.#listeners.push(listener);
  }

  get(id: string): StoredResource | undefined {
    const key = keyOf(id);
    return this.#resources.get(key) ?? this.#keeperOf(key)?.get(id);
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  /** Stores a body under an id. The spelling of an id that is already there stays. */
  set(id: string, body: ArmBody): StoredResource {
    const path = parseArmPath(id);
    if (path?.isResource !== true) {
      throw new Error(`Cannot store "${id}": it is not the id of a resource`);
    }
    const keeper = this.#keeperOf(keyOf(id));
    if (keeper !== undefined) {
      return keeper.set(id, body);
    }
    const before = this.get(id);
    const now = this.#now();
    const stored = {
      id: before?.id ?? id,
      type: typeOf(path),
      body: structuredClone(body),
      createdAt: before?.createdAt ?? now,
      changedAt: now,
    };
    this.#resources.set(keyOf(id), stored);
    this.#tell(keyOf(id), stored);
    return stored;
  }

  /** Removes a resource and everything that lies under it; returns whether it was there. */
  remove(id: string): boolean {
    const key = keyOf(id);
    const keeper = this.#keeperOf(key);
    if (keeper !== undefined) {
      return keeper.remove(id);
    }
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
    const keeper = this.#keepers.get(wanted);
    if (keeper !== undefined) {
      return keeper.list(scope === '' ? '/' : scope);
    }
    return [...this.#resources.values()].filter(
      (resource) => resource.type.toLowerCase() === wanted && keyOf(resource.id).startsWith(prefix),
    );
  }

  all(): readonly StoredResource[] {
    return [...this.#resources.values()];
  }

  #keeperOf(key: string): Keeper | undefined {
    const [namespace, type, ...name] = key
      .slice(key.lastIndexOf('/providers/') + '/providers/'.length)
      .split('/');
    return name.length === 1 ? this.#keepers.get(`${namespace}/${type}`) : undefined;
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

/** Whether a resource lies right in a group, not in or on another resource. */
export function isTopLevel({ id, type }: StoredResource): boolean {
  const isAlone = type.split('/').length === 2 && id.toLowerCase().split('/providers/').length === 2;
  const isExtension = type.toLowerCase().startsWith('microsoft.authorization/');
  return isAlone && !isExtension && parseArmPath(id)?.group !== undefined;
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
