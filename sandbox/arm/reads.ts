import type { ArmBody } from './arm-body.ts';
import { text } from './arm-body.ts';
import { methodNotAllowed } from './arm-error.ts';
import { sameId, scopeOf } from './arm-path.ts';
import type { Answer, Call } from './call.ts';
import { readListFilter } from './list-filter.ts';
import { pageOf } from './page.ts';
import { findResource, requireParents, requireResource } from './parents.ts';
import type { Lookup } from './parents.ts';
import { invalidOption, queryOption, requireKnownOptions } from './query-options.ts';
import type { StoredResource } from './resource-store.ts';

/** Answers a GET on one resource. */
export function readResource(call: Call, lookup: Lookup): Answer {
  if (!call.type.verbs.includes('GET')) {
    throw methodNotAllowed(call.method);
  }
  const { expand } = call.type;
  requireKnownOptions(call.url, expand === undefined ? [] : ['$expand']);
  const { body } = requireResource(call, lookup);
  const etag = text(body, 'etag');
  const shown = expanded(body, call);
  return { status: 200, body: shown, ...(etag === '' ? {} : { headers: { etag } }) };
}

/** The body with what `$expand` asks for, a list with commas. */
function expanded(body: ArmBody, { url, type, now }: Call): ArmBody {
  const asked = queryOption(url, '$expand')?.split(',') ?? [];
  return asked.reduce((shown, name) => {
    const expansion = Object.entries(type.expand ?? {}).find(([one]) => sameId(one, name.trim()))?.[1];
    if (expansion === undefined) {
      throw invalidOption('$expand', name);
    }
    return expansion(shown, now);
  }, body);
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
  const { paging, filter, inList = (body: ArmBody) => body } = call.type;
  requireKnownOptions(call.url, [
    '$skipToken',
    ...(paging.sizeParameter === null ? [] : [paging.sizeParameter]),
    ...(filter === undefined ? [] : ['$filter']),
  ]);
  requireParents(call, lookup);
  const { isVisible = () => true } = options;
  const isWanted = readListFilter(queryOption(call.url, '$filter'), filter);
  const scope = scopeOf(call.path.path);
  const all = membersOf(call, lookup).filter(
    (resource) => isVisible(resource.id) && isWanted({ resource, scope }),
  );
  return pageOf(call.url, all, { ...paging, limit: options.pageSize }, ({ body }) => inList(body));
}

function membersOf(call: Call, { store }: Lookup): readonly StoredResource[] {
  const { path, group, subscriptionId } = call.path;
  const { type, implied, listedBy } = call.type;
  if (implied !== undefined) {
    const only = findResource(`${path}/${implied.name}`, call.type, store);
    return only === undefined ? [] : [only];
  }
  if (listedBy.includes('parent')) {
    return store.list(type, path);
  }
  if (listedBy.includes('tenant')) {
    return store.list(type);
  }
  if (listedBy.includes('scope')) {
    return store.list(type, scopeOf(path));
  }
  const subscription = `/subscriptions/${subscriptionId}`;
  return store.list(type, group === undefined ? subscription : `${subscription}/resourceGroups/${group}`);
}
