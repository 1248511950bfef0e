import { subscriptionNotFound } from '../arm-error.ts';
import { subscriptionOf } from '../arm-path.ts';
import { requireRight } from '../authorize.ts';
import { regions } from '../regions.ts';
import type { Region } from '../regions.ts';
import type { ResourceStore } from '../resource-store.ts';
import type { RoleBook } from '../roles.ts';
import { resourceManagerVersions } from '../rows/resource-groups.ts';
import type { Service } from '../service.ts';

/** `GET /subscriptions/{id}/locations`: where a subscription may put resources. */
export function locations(store: ResourceStore, roles: RoleBook): Service {
  const operation = 'Microsoft.Resources/subscriptions/locations/read';
  return {
    operation,
    method: 'GET',
    path: /^\/subscriptions\/[^/]+\/locations$/i,
    apiVersions: resourceManagerVersions,
    options: [],
    isCounted: true,
    answer: ({ path, caller }) => {
      const subscription = subscriptionOf(path) ?? '';
      requireRight(roles, caller.principal, operation, `/subscriptions/${subscription}`);
      if (!store.has(`/subscriptions/${subscription}`)) {
        throw subscriptionNotFound(subscription);
      }
      return { status: 200, body: { value: regions.map((region) => bodyOf(region, subscription)) } };
    },
  };
}

/** Latitude, longitude and zones are not there. */
function bodyOf({ name, displayName, geographyGroup, paired }: Region, subscription: string) {
  const idOf = (region: string) => `/subscriptions/${subscription}/locations/${region}`;
  return {
    id: idOf(name),
    name,
    type: 'Region',
    displayName,
    regionalDisplayName: `(${geographyGroup}) ${displayName}`,
    metadata: {
      regionType: 'Physical',
      regionCategory: 'Recommended',
      geographyGroup,
      pairedRegion: paired === undefined ? [] : [{ name: paired, id: idOf(paired) }],
    },
  };
}
