import type { RequestListener } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { Accounting } from '../accounting.ts';
import { ActivityLog } from '../activity-log/activity-log.ts';
import { FaultRegistry } from '../faults.ts';
import { PrincipalRegistry } from '../identity/principals.ts';
import type { TokenIssuer } from '../identity/tokens.ts';
import type { Operation } from '../operation.ts';
import { ResourceGraph } from '../resource-graph/resource-graph.ts';
import { ArmState } from './arm-state.ts';
import { catalogue } from './catalogue.ts';
import { cloudMetadata } from './cloud-metadata.ts';
import { createFrontDoor } from './front-door.ts';
import { KeyRing } from './key-ring.ts';
import { ResourceManager } from './resource-manager.ts';
import { ResourceStore } from './resource-store.ts';
import type { ResourceType } from './resource-type.ts';
import { RoleBook } from './roles.ts';
import { assignmentKeeper, roleAssignments } from './rows/role-assignments.ts';
import { definitionKeeper, roleDefinitions } from './rows/role-definitions.ts';
import { tagKeeper, tags } from './rows/tags.ts';
import type { Service } from './service.ts';
import { locations } from './services/locations.ts';
import { Registrations, providers } from './services/providers.ts';
import type { ProviderParts } from './services/providers.ts';
import { resources } from './services/resources.ts';
import { storageProvider } from './services/storage-provider.ts';
import { Throttle, azureLimits } from './throttle.ts';
import type { ThrottleLimits } from './throttle.ts';

/** How long calls take, in milliseconds. */
export interface ArmLatency {
  reads: number;
  writes: number;
  /** From the 202 of a creation until it is done. */
  creation: number;
}

export interface ArmOptions {
  readonly issuer: TokenIssuer;
  readonly principals?: PrincipalRegistry;
  readonly faults?: FaultRegistry;
  readonly accounting?: Accounting;
  readonly latency?: Partial<ArmLatency>;
  readonly limits?: ThrottleLimits;
  /** Types beside those of the catalogue. */
  readonly types?: readonly ResourceType[];
  /** No page of a list is larger than this. */
  readonly pageSize?: number;
  /** Milliseconds since 1970; the clock of this process by default. */
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** Resource Manager, ready to be put behind a server, with handles on all that a test may want to change. */
export interface Arm {
  readonly listener: RequestListener;
  readonly state: ArmState;
  readonly roles: RoleBook;
  readonly principals: PrincipalRegistry;
  readonly accounting: Accounting;
  readonly throttle: Throttle;
  readonly keys: KeyRing;
  readonly latency: ArmLatency;
  /** How long writes take to show elsewhere. */
  readonly resourceGraph: { delayMs: number };
  readonly activityLog: { delayMs: number };
  readonly paging: { pageSize: number | undefined };
  /** Tells of each write when it is done. Listeners are called at once and must not throw. */
  onOperation(listener: (operation: Operation) => void): void;
}

/** Makes Resource Manager: empty, with nobody allowed to do anything. */
export function createArm(options: ArmOptions): Arm {
  const { issuer, now = Date.now, sleep = sleepReally } = options;
  const { principals = new PrincipalRegistry(), faults = new FaultRegistry() } = options;
  const accounting = options.accounting ?? new Accounting();
  const latency: ArmLatency = { reads: 0, writes: 0, creation: 50, ...options.latency };
  const paging = { pageSize: options.pageSize };
  const store = new ResourceStore(now);
  const roles = new RoleBook(principals);
  const throttle = new Throttle(options.limits ?? azureLimits, now);
  const keys = new KeyRing();
  const resourceGraph = new ResourceGraph({ store, roles, throttle, tenantId: issuer.tenantId, now });
  const activityLog = new ActivityLog({
    store,
    roles,
    tenantId: issuer.tenantId,
    pageSize: () => paging.pageSize,
  });
  const types = [...catalogue, ...accessTypes(store, roles, principals), ...(options.types ?? [])];
  const registrations = new Registrations();
  const generic = genericServices({ store, roles, catalogue: types, registrations }, paging);
  const manager = new ResourceManager({
    store,
    catalogue: types,
    registrations,
    services: [resourceGraph, activityLog, ...generic],
    keys,
    roles,
    throttle,
    issuer,
    principals,
    now,
    creationMs: () => latency.creation,
    pageSize: () => paging.pageSize,
  });
  manager.onOperation((operation) => activityLog.record(operation));
  const listener = createFrontDoor({
    manager,
    faults,
    accounting,
    now,
    sleep,
    latencyMs: (method) => (method === 'GET' || method === 'HEAD' ? latency.reads : latency.writes),
    open: (url) => cloudMetadata(url, issuer.tenantId),
  });
  return {
    listener,
    state: new ArmState(store, issuer.tenantId),
    roles,
    principals,
    accounting,
    throttle,
    keys,
    latency,
    resourceGraph,
    activityLog,
    paging,
    onOperation: (told) => manager.onOperation(told),
  };
}

/** The types that are a view of the role book; what is a view of something stands there. */
function accessTypes(store: ResourceStore, roles: RoleBook, principals: PrincipalRegistry): ResourceType[] {
  const types = [roleAssignments(roles, principals), roleDefinitions(roles)];
  store.mount('Microsoft.Authorization/roleAssignments', assignmentKeeper(roles, principals));
  store.mount('Microsoft.Authorization/roleDefinitions', definitionKeeper(roles));
  store.mount(tags.type, tagKeeper(store));
  return types;
}

/** What Resource Manager tells of all types together. */
function genericServices(parts: ProviderParts, paging: Arm['paging']): readonly Service[] {
  const { store, roles } = parts;
  return [
    locations(store, roles),
    ...providers(parts),
    ...resources(store, roles, () => paging.pageSize),
    ...storageProvider(store, roles),
  ];
}

async function sleepReally(milliseconds: number): Promise<void> {
  if (milliseconds > 0) {
    await wait(milliseconds);
  }
}
