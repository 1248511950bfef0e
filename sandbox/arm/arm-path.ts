/** What a path of Resource Manager names: a resource, a collection of resources, or an action on a resource. */
export interface ArmPath {
  /** Path as requested, decoded and without a slash at its end. */
  readonly path: string;
  /** Resource that the path names or lies under: for `.../storageAccounts/a/listKeys` that is `.../storageAccounts/a`. */
  readonly resourceId: string;
  readonly subscriptionId: string | undefined;
  readonly group: string | undefined;
  /** Such as `Microsoft.Storage`, in the spelling of the request. */
  readonly namespace: string;
  /** Type segments, such as `storageAccounts`, `blobServices`. A collection's own segment is the last. */
  readonly types: readonly string[];
  /** One name per type; one fewer when the path names a collection or an action. */
  readonly names: readonly string[];
  readonly isResource: boolean;
}

const resourcesNamespace = 'Microsoft.Resources';

/** Reads a path; undefined where its form is none of Resource Manager's. */
export function parseArmPath(rawPath: string): ArmPath | undefined {
  const path = decode(rawPath.length > 1 ? rawPath.replace(/\/+$/, '') : rawPath);
  const segments = path.split('/').slice(1);
  const provider = segments.findLastIndex((segment) => segment.toLowerCase() === 'providers');
  const scope = readScope(provider === -1 ? segments : segments.slice(0, provider));
  if (scope === undefined) {
    return undefined;
  }
  const own = provider === -1 ? scope.own : segments.slice(provider + 2);
  const namespace = provider === -1 ? resourcesNamespace : segments[provider + 1];
  if (namespace === undefined || own.length === 0 || own.includes('')) {
    return undefined;
  }
  const isResource = own.length % 2 === 0;
  return {
    path,
    resourceId: isResource ? path : path.slice(0, path.lastIndexOf('/')),
    subscriptionId: scope.subscriptionId,
    group: scope.group,
    namespace,
    types: own.filter((_, index) => index % 2 === 0),
    names: own.filter((_, index) => index % 2 === 1),
    isResource,
  };
}

/** Type with its namespace, such as `Microsoft.Storage/storageAccounts`. */
export function typeOf(path: Pick<ArmPath, 'namespace' | 'types'>): string {
  return [path.namespace, ...path.types].join('/');
}

/** Id of the resource that a child lies under: `.../storageAccounts/a` for a blob service of it. */
export function parentIdOf(id: string): string {
  return id.split('/').slice(0, -2).join('/');
}

/** Last segment of an id. */
export function nameOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

export function sameId(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

interface Scope {
  readonly subscriptionId: string | undefined;
  readonly group: string | undefined;
  readonly own: readonly string[];
}

function readScope(segments: readonly string[]): Scope | undefined {
  if (segments.length === 0) {
    return { subscriptionId: undefined, group: undefined, own: [] };
  }
  const first = segments[0]?.toLowerCase();
  if (first === 'tenants' && segments.length === 1) {
    return { subscriptionId: undefined, group: undefined, own: segments };
  }
  if (first !== 'subscriptions') {
    return undefined;
  }
  const isInGroup = segments[2]?.toLowerCase() === 'resourcegroups';
  return { subscriptionId: segments[1], group: isInGroup ? segments[3] : undefined, own: segments };
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
