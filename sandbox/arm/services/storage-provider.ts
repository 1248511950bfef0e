import { text } from '../arm-body.ts';
import { subscriptionNotFound } from '../arm-error.ts';
import { subscriptionOf } from '../arm-path.ts';
import { requireRight } from '../authorize.ts';
import { locationOf } from '../resource-store.ts';
import type { ResourceStore } from '../resource-store.ts';
import type { RoleBook } from '../roles.ts';
import { nameProblem } from '../rows/storage-account-checks.ts';
import { storageVersions } from '../rows/storage-versions.ts';
import type { Service, ServiceCall } from '../service.ts';
import { readStorageRequest } from '../validation/request-schema.ts';

/** So many accounts a subscription may have in a region. */
const accountsPerRegion = 250;

/** What the storage provider answers of a subscription: whether a name is free, and how many accounts a region has. */
export function storageProvider(store: ResourceStore, roles: RoleBook): readonly Service[] {
  const common = { apiVersions: storageVersions, options: [], isCounted: true };
  const require = ({ path, caller }: ServiceCall, action: string) => {
    const subscription = `/subscriptions/${subscriptionOf(path) ?? ''}`;
    requireRight(roles, caller.principal, action, subscription);
    if (!store.has(subscription)) {
      throw subscriptionNotFound(subscriptionOf(path) ?? '');
    }
    return subscription;
  };
  const check = 'Microsoft.Storage/checknameavailability/read';
  const usages = 'Microsoft.Storage/locations/usages/read';
  return [
    {
      ...common,
      operation: check,
      method: 'POST',
      path: /^\/subscriptions\/[^/]+\/providers\/Microsoft\.Storage\/checkNameAvailability$/i,
      answer: (call) => {
        require(call, check);
        const definition = 'storage.json#/definitions/StorageAccountCheckNameAvailabilityParameters';
        const problem = nameProblem(text(readStorageRequest(definition, call.body), 'name'), store);
        return { status: 200, body: { nameAvailable: problem === undefined, ...problem } };
      },
    },
    {
      ...common,
      operation: usages,
      method: 'GET',
      path: /^\/subscriptions\/[^/]+\/providers\/Microsoft\.Storage\/locations\/[^/]+\/usages$/i,
      answer: (call) => {
        const subscription = require(call, usages);
        const location = call.path.split('/').at(-2)?.toLowerCase();
        const accounts = store.list('Microsoft.Storage/storageAccounts', subscription);
        const currentValue = accounts.filter(({ body }) => locationOf(body) === location).length;
        const name = { value: 'StorageAccounts', localizedValue: 'Storage Accounts' };
        return {
          status: 200,
          body: { value: [{ unit: 'Count', currentValue, limit: accountsPerRegion, name }] },
        };
      },
    },
  ];
}
