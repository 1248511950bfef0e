import type { ArmBody } from './arm-body.ts';
import { text } from './arm-body.ts';
import { methodNotAllowed } from './arm-error.ts';
import { scopeOf } from './arm-path.ts';
import type { Answer, Call } from './call.ts';
import { originOf } from './call.ts';
import { findResource, requireParents, requireResource } from './parents.ts';
import type { Lookup } from './parents.ts';
import type { StoredResource } from './resource-store.ts';

/** Answers a GET on one resource. */
export function readResource(call: Call, lookup: Lookup): Answer {
  if (!call.type.verbs.includes('GET')) {
    throw methodNotAllowed(call.method);
  }
  const { body } = requireResource(call, lookup);
  const etag = text(body, 'etag');
  return { status: 200, body, ...(etag === '' ? {} : { headers: { etag } }) };
}

/** Answers a GET on a collection, a page at a time; `isVisible` says what the caller may see. */
export function listResources(
  call: Call,
  lookup: Lookup,
  options: { readonly pageSize?: number | undefined; readonly isVisible?: (id: string) => boolean },
): Answer {
  if (!call.type.verbs.includes('LIST')) {
    throw methodNotAllowed(call.method);
  }
  requireParents(call, lookup);
  const { isVisible = () => true } = options;
  const all = membersOf(call, lookup).filter(({ id }) => isVisible(id));
  const size = readPageSize(call, options.pageSize);
  const start = readSkipToken(call.url);
  const page = all.slice(start, start + size);
  const inList = call.type.inList ?? ((body: ArmBody) => body);
  const next = start + size < all.length ? { nextLink: nextLink(call.url, start + size) } : {};
  return { status: 200, body: { value: page.map(({ body }) => inList(body)), ...next } };
}

function membersOf(call: Call, { store }: Lookup): readonly StoredResource[] {
  const { path, group, subscriptionId } = call.path;
  const type = call.type.type;
  const implied = call.type.implied;
  if (implied !== undefined) {
    const only = findResource(`${path}/${implied.name}`, call.type, store);
    return only === undefined ? [] : [only];
  }
  if (call.type.listedBy.includes('parent')) {
    const filter = call.url.searchParams.get('$filter') ?? '';
    const prefix = /^startswith\(name,\s*'?(?<prefix>[^')]*)'?\)$/i.exec(filter)?.groups?.prefix ?? '';
    return store.list(type, path).filter(({ body }) => text(body, 'name').startsWith(prefix));
  }
  if (call.type.listedBy.includes('tenant')) {
    return store.list(type);
  }
  if (call.type.listedBy.includes('scope')) {
    return store.list(type, scopeOf(path));
  }
  const subscription = `/subscriptions/${subscriptionId}`;
  return store.list(type, group === undefined ? subscription : `${subscription}/resourceGroups/${group}`);
}

function readPageSize(call: Call, limit: number | undefined): number {
  const { sizeParameter, pageSize } = call.type.paging;
  const asked = Number(
    sizeParameter === null ? Number.NaN : (call.url.searchParams.get(sizeParameter) ?? Number.NaN),
  );
  const most = Math.min(pageSize, limit ?? pageSize);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, most) : most;
}

function readSkipToken(url: URL): number {
  const token = url.searchParams.get('$skipToken') ?? '';
  const start = Number(Buffer.from(token, 'base64url').toString());
  return Number.isInteger(start) && start > 0 ? start : 0;
}

/** The same URL with the token of the next page: clients follow it as it is. */
function nextLink(url: URL, start: number): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== '$skipToken')
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const token = Buffer.from(String(start)).toString('base64url');
  return `${originOf(url)}${url.pathname}?${[...query, `$skipToken=${token}`].join('&')}`;
}
