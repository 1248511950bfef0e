import type { ArmBody } from '../arm/arm-body.ts';
import { text } from '../arm/arm-body.ts';
import { nameOf, parseArmPath } from '../arm/arm-path.ts';
import { isTopLevel, locationOf } from '../arm/resource-store.ts';
import type { ResourceStore, StoredResource } from '../arm/resource-store.ts';
import type { Column, Row } from './table.ts';

/** Columns of every table of Resource Graph that is modelled. */
export const graphColumns: readonly Column[] = [
  ...[
    'id',
    'name',
    'type',
    'tenantId',
    'kind',
    'location',
    'resourceGroup',
    'subscriptionId',
    'managedBy',
  ].map((name) => ({ name, type: 'string' }) as const),
  ...['sku', 'plan', 'properties', 'tags', 'identity', 'zones', 'extendedLocation'].map(
    (name) => ({ name, type: 'dynamic' }) as const,
  ),
  { name: 'apiVersion', type: 'string' },
];

export type GraphTable = 'resources' | 'resourcecontainers' | 'policyresources';

export interface GraphEntry {
  readonly table: GraphTable;
  readonly id: string;
  /** In lower case. */
  readonly subscriptionId: string;
  /** The right that shows the row. */
  readonly action: string;
  readonly row: Row;
}

/** What Resource Graph knows: the state of the world some time ago, with rows made when they changed. */
export class GraphIndex {
  /** How long a change takes to show, in milliseconds. Holds for changes from now on. */
  delayMs = 0;
  #entries = new Map<string, GraphEntry>();
  #pending: { readonly dueAt: number; readonly key: string; readonly entry: GraphEntry | undefined }[] = [];
  readonly #now: () => number;
  readonly #tenantId: string;

  constructor(store: ResourceStore, tenantId: string, now: () => number) {
    this.#now = now;
    this.#tenantId = tenantId;
    store.onChange((key, resource) => this.#learn(key, resource));
  }

  /** All rows of a table that have come through, in the order in which their resources came. */
  entries(table: GraphTable): readonly GraphEntry[] {
    this.#settle();
    return [...this.#entries.values()].filter((entry) => entry.table === table);
  }

  #learn(key: string, resource: StoredResource | undefined): void {
    const entry = resource && toEntry(resource, this.#tenantId);
    this.#settle();
    if (this.delayMs === 0 && this.#pending.length === 0) {
      this.#apply(key, entry);
    } else {
      this.#pending.push({ dueAt: this.#now() + this.delayMs, key, entry });
    }
  }

  /** Changes come through in their order, each when its time has passed. */
  #settle(): void {
    const now = this.#now();
    const waiting = this.#pending.findIndex(({ dueAt }) => dueAt > now);
    const due = this.#pending.splice(0, waiting === -1 ? this.#pending.length : waiting);
    for (const { key, entry } of due) {
      this.#apply(key, entry);
    }
  }

  #apply(key: string, entry: GraphEntry | undefined): void {
    if (entry === undefined) {
      this.#entries.delete(key);
    } else {
      this.#entries.set(key, entry);
    }
  }
}

const containers = ['microsoft.resources/subscriptions', 'microsoft.resources/subscriptions/resourcegroups'];

/** The table that shows a resource: `resources` only what lies right in a group; undefined for all else. */
function tableOf(resource: StoredResource): GraphTable | undefined {
  const lower = resource.type.toLowerCase();
  if (containers.includes(lower)) {
    return 'resourcecontainers';
  }
  if (lower === 'microsoft.authorization/policyexemptions') {
    return 'policyresources';
  }
  return isTopLevel(resource) ? 'resources' : undefined;
}

function toEntry(resource: StoredResource, tenantId: string): GraphEntry | undefined {
  const table = tableOf(resource);
  const path = parseArmPath(resource.id);
  if (table === undefined || path?.subscriptionId === undefined) {
    return undefined;
  }
  const { id, type, body } = resource;
  const isSubscription = type.toLowerCase() === containers[0];
  const row = [
    text(body, 'id') || id,
    text(body, isSubscription ? 'displayName' : 'name') || nameOf(id),
    type.toLowerCase(),
    tenantId,
    text(body, 'kind'),
    locationOf(body),
    path.group?.toLowerCase() ?? '',
    path.subscriptionId,
    text(body, 'managedBy'),
    ...[
      body.sku,
      body.plan,
      isSubscription ? subscriptionProperties(body) : body.properties,
      body.tags,
      body.identity,
      body.zones,
      body.extendedLocation,
    ].map((value) => value ?? null),
    '',
  ];
  return { table, id, subscriptionId: path.subscriptionId.toLowerCase(), action: `${type}/read`, row };
}

function subscriptionProperties({
  state,
  subscriptionPolicies,
  managedByTenants,
  authorizationSource,
}: ArmBody) {
  return { state, subscriptionPolicies, managedByTenants, authorizationSource };
}
