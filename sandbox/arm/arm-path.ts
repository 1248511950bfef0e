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

/**
 * A path of a request, still encoded, as Resource Manager understands it: several slashes are one (the Azure CLI writes
 * `Microsoft.Storage//storageAccounts` where a resource has no parent), an encoded slash is a slash, none is at the end.
 */
export function normalPath(rawPath: string): string {
  const segments = rawPath.replace(/%2f/gi, '/').split('/');
  return `/${segments.filter((segment) => segment !== '').join('/')}`;
}

/** Reads a path; undefined where its form is none of Resource Manager's. */
export function parseArmPath(rawPath: string): ArmPath | undefined {
  const path = decodedPath(rawPath);
  const segments = path.split('/').slice(1);
  const provider = segments.findLastIndex((segment) => segment.toLowerCase() === 'providers');
  const scope = readScope(provider === -1 ? segments : segments.slice(0, provider));
  if (scope === undefined) {
    return undefined;
  }
  const own = provider === -1 ? scope.own : segments.slice(provider + 2);
  const namespace = provider === -1 ? resourcesNamespace : segments[provider + 1];
  if (namespace === undefined || own.length === 0) {
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

/** What an extension such as a lock lies on: everything before the last `/providers/`; `/` for the tenant itself. */
export function scopeOf(id: string): string {
  return id.slice(0, Math.max(id.toLowerCase().lastIndexOf('/providers/'), 0)) || '/';
}

/**
 * The id of a resource of a type as Azure keeps it: `resourceGroups`, the namespace and the types in Azure's own spelling,
 * the names as they are in the request.
 *
 * @param scope What the resource lies on or in, in the spelling to keep
 */
export function canonicalId(path: ArmPath, type: string, scope = canonicalScope(scopeOf(path.path))): string {
  const [namespace = '', ...types] = type.split('/');
  const own = types.map((segment, index) => `/${segment}/${path.names[index] ?? ''}`).join('');
  const isContainer = !path.path.toLowerCase().includes('/providers/');
  return isContainer ? own : `${scope === '/' ? '' : scope}/providers/${namespace}${own}`;
}

function canonicalScope(scope: string): string {
  return scope
    .replace(/^\/subscriptions\//i, '/subscriptions/')
    .replace(/\/resourcegroups\//i, '/resourceGroups/')
    .replaceAll(/\/providers\//gi, '/providers/');
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

/** A path in its normal form, decoded; what is no encoding stays as it is. */
export function decodedPath(rawPath: string): string {
  const path = normalPath(rawPath);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The subscription that a path lies in; undefined outside of subscriptions. */
export function subscriptionOf(path: string): string | undefined {
  return /^\/subscriptions\/([^/]+)/i.exec(path)?.[1];
}
