import {
  parentResourceNotFound,
  resourceGroupNotFound,
  resourceNotFound,
  subscriptionNotFound,
} from './arm-error.ts';
import { nameOf, parentIdOf, parseArmPath, sameId, scopeOf, typeOf } from './arm-path.ts';
import type { Call } from './call.ts';
import { verbOf } from './operation-name.ts';
import type { ResourceStore, StoredResource } from './resource-store.ts';
import type { ResourceType } from './resource-type.ts';

/** Where calls look up what they are about. */
export interface Lookup {
  readonly store: ResourceStore;
  readonly catalogue: readonly ResourceType[];
}

/** Throws unless subscription, group and parent of what the call names are there. */
export function requireParents(call: Call, { store, catalogue }: Lookup): void {
  const { subscriptionId, group } = call.path;
  if (subscriptionId !== undefined && !store.has(`/subscriptions/${subscriptionId}`)) {
    throw subscriptionNotFound(subscriptionId);
  }
  const isOfGroup = call.type.type.startsWith('Microsoft.Resources/subscriptions');
  if (
    group !== undefined &&
    !isOfGroup &&
    !store.has(`/subscriptions/${subscriptionId}/resourceGroups/${group}`)
  ) {
    throw resourceGroupNotFound(group);
  }
  if (!isOfGroup) {
    requireAncestors(call, { store, catalogue });
  }
  if (isPutLike(call.method) && call.type.listedBy.includes('scope')) {
    requireScope(scopeOf(call.path.path), { store, catalogue });
  }
}

function isPutLike(method: string): boolean {
  return method === 'PUT' || method === 'PATCH';
}

/** Throws unless the resource that an extension such as a lock lies on is there. Its group was looked for before. */
function requireScope(scope: string, { store, catalogue }: Lookup): void {
  const path = parseArmPath(scope);
  if (path?.isResource !== true) {
    return;
  }
  const row = catalogue.find(({ type }) => sameId(type, typeOf(path)));
  if ((row === undefined ? store.get(scope) : findResource(scope, row, store)) === undefined) {
    throw resourceNotFound(`${row?.type ?? typeOf(path)}/${nameOf(scope)}`, path.group ?? '');
  }
}

/** The resource that the call is about, a child that every parent has included. Throws Azure's 404. */
export function requireResource(call: Call, lookup: Lookup): StoredResource {
  requireParents(call, lookup);
  const found = findResource(call.path.resourceId, call.type, lookup.store);
  if (found !== undefined) {
    return found;
  }
  if (call.type.type === 'Microsoft.Resources/subscriptions/resourceGroups') {
    throw resourceGroupNotFound(nameOf(call.path.resourceId));
  }
  throw (
    call.type.notFound?.(call.correlationId, call.now, call.path.resourceId) ??
    resourceNotFound(`${call.type.type}/${nameOf(call.path.resourceId)}`, call.path.group ?? '')
  );
}

/** The resource of that id and type, a child that every parent has included; undefined where there is none. */
export function findResource(
  id: string,
  type: ResourceType,
  store: ResourceStore,
): StoredResource | undefined {
  const stored = store.get(id);
  if (stored !== undefined || type.implied === undefined) {
    return stored;
  }
  const parent = store.get(parentIdOf(id));
  return parent !== undefined && nameOf(id).toLowerCase() === type.implied.name
    ? {
        id: `${parent.id}/${nameOf(type.type)}/${type.implied.name}`,
        type: type.type,
        body: impliedBody(type, parent),
        createdAt: parent.createdAt,
        changedAt: parent.createdAt,
      }
    : undefined;
}

function impliedBody(type: ResourceType, parent: StoredResource) {
  return type.implied?.body(`${parent.id}/${nameOf(type.type)}/${type.implied.name}`, parent) ?? {};
}

/** Names the outermost ancestor that is missing, as Azure does. */
function requireAncestors(call: Call, { store, catalogue }: Lookup): void {
  const [namespace = '', ...segments] = call.type.type.split('/');
  const isCollection = call.method !== 'POST' && !call.path.isResource;
  const id = isCollection ? `${call.path.path}/any` : call.path.resourceId;
  ancestorsOf(id, segments.length).forEach((ancestorId, index) => {
    const ancestorType = [namespace, ...segments.slice(0, index + 1)].join('/');
    const row = catalogue.find(({ type }) => type === ancestorType);
    if ((row === undefined ? store.get(ancestorId) : findResource(ancestorId, row, store)) === undefined) {
      throw parentResourceNotFound(verbOf(call.method), segments.slice(0, index + 2).join('/'), ancestorId);
    }
  });
}

/** Ids of the resources that a resource lies under, outermost first. */
function ancestorsOf(id: string, depth: number): readonly string[] {
  const ancestors: string[] = [];
  let current = id;
  while (ancestors.length < depth - 1) {
    current = parentIdOf(current);
    ancestors.unshift(current);
  }
  return ancestors;
}
