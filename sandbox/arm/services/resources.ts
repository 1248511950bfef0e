import type { ArmBody } from '../arm-body.ts';
import { member, text } from '../arm-body.ts';
import { authorizationFailed, resourceGroupNotFound, subscriptionNotFound } from '../arm-error.ts';
import { nameOf, parseArmPath, subscriptionOf } from '../arm-path.ts';
import { clientNameOf } from '../authenticate.ts';
import { readListFilter, tagFields } from '../list-filter.ts';
import type { ListFilter } from '../list-filter.ts';
import { pageOf } from '../page.ts';
import { invalidOption, queryOption } from '../query-options.ts';
import { isTopLevel, locationOf } from '../resource-store.ts';
import type { ResourceStore, StoredResource } from '../resource-store.ts';
import type { RoleBook } from '../roles.ts';
import { resourceManagerVersions } from '../rows/resource-groups.ts';
import type { Service, ServiceCall } from '../service.ts';

/** What the list can be filtered by: https://learn.microsoft.com/en-us/rest/api/resources/resources/list */
const filter: ListFilter = {
  fields: {
    ...tagFields,
    resourceType: ({ resource }) => resource.type,
    name: ({ resource }) => nameOf(resource.id),
    location: ({ resource }) => locationOf(resource.body),
    resourceGroup: ({ resource }) => parseArmPath(resource.id)?.group,
    'identity/principalId': ({ resource }) =>
      text(member(resource.body, 'identity'), 'principalId') || undefined,
  },
};

/** Members of a body that the list shows, where they are there. */
const shown = ['kind', 'managedBy', 'sku', 'plan', 'tags', 'identity', 'zones', 'extendedLocation'];

const expansions: Readonly<Record<string, (resource: StoredResource) => unknown>> = {
  createdtime: ({ createdAt }) => new Date(createdAt).toISOString(),
  changedtime: ({ changedAt }) => new Date(changedAt).toISOString(),
  provisioningstate: ({ body }) => member(body, 'properties').provisioningState ?? 'Succeeded',
};
const names: Readonly<Record<string, string>> = {
  createdtime: 'createdTime',
  changedtime: 'changedTime',
  provisioningstate: 'provisioningState',
};

/** `GET .../resources` of a subscription or a group: every resource that lies right in a group and that the caller may read. */
export function resources(
  store: ResourceStore,
  roles: RoleBook,
  limit: () => number | undefined,
): readonly Service[] {
  const service = (path: RegExp, operation: string): Service => ({
    operation,
    method: 'GET',
    path,
    apiVersions: resourceManagerVersions,
    options: ['$filter', '$expand', '$top', '$skipToken'],
    isCounted: true,
    answer: (call) => {
      const scope = requireScope(call, operation, store, roles);
      const isWanted = readListFilter(queryOption(call.url, '$filter'), filter);
      const expand = readExpand(call.url);
      const found = store
        .all()
        .filter(
          (resource) =>
            isTopLevel(resource) &&
            `${resource.id}/`.toLowerCase().startsWith(`${scope}/`.toLowerCase()) &&
            roles.allowing(call.caller.principal.objectId, `${resource.type}/read`)(resource.id) &&
            isWanted({ resource, scope }),
        );
      const paging = { sizeParameter: '$top', pageSize: 1_000, limit: limit() };
      return pageOf(call.url, found, paging, (resource) => rowOf(resource, expand));
    },
  });
  return [
    service(/^\/subscriptions\/[^/]+\/resources$/i, 'Microsoft.Resources/subscriptions/resources/read'),
    service(
      /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/resources$/i,
      'Microsoft.Resources/subscriptions/resourceGroups/resources/read',
    ),
  ];
}

/** Whoever holds any role there may list; what is not theirs to read does not show. */
function requireScope(
  { path, caller }: ServiceCall,
  action: string,
  store: ResourceStore,
  roles: RoleBook,
): string {
  const scope = path.slice(0, path.lastIndexOf('/'));
  if (!roles.hasAnyRole(caller.principal.objectId, scope)) {
    throw authorizationFailed(clientNameOf(caller.principal), caller.principal.objectId, action, scope);
  }
  const subscription = subscriptionOf(path) ?? '';
  if (!store.has(`/subscriptions/${subscription}`)) {
    throw subscriptionNotFound(subscription);
  }
  if (!store.has(scope)) {
    throw resourceGroupNotFound(nameOf(scope));
  }
  return scope;
}

function readExpand(url: URL): readonly string[] {
  const asked =
    queryOption(url, '$expand')
      ?.split(',')
      .map((name) => name.trim().toLowerCase()) ?? [];
  const stray = asked.find((name) => expansions[name] === undefined);
  if (stray !== undefined) {
    throw invalidOption('$expand', stray);
  }
  return asked;
}

function rowOf(resource: StoredResource, expand: readonly string[]): ArmBody {
  const { id, type, body } = resource;
  return {
    id: text(body, 'id') || id,
    name: text(body, 'name') || nameOf(id),
    type,
    location: locationOf(body),
    ...Object.fromEntries(shown.filter((name) => body[name] != null).map((name) => [name, body[name]])),
    ...Object.fromEntries(expand.map((name) => [names[name] ?? name, expansions[name]?.(resource)])),
  };
}
