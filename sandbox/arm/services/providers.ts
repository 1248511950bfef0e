import type { ArmBody } from '../arm-body.ts';
import { ArmError, subscriptionNotFound } from '../arm-error.ts';
import { nameOf, sameId, subscriptionOf } from '../arm-path.ts';
import { requireRight } from '../authorize.ts';
import { unknownNamespace } from '../not-modelled.ts';
import { regions } from '../regions.ts';
import type { ResourceStore } from '../resource-store.ts';
import type { ResourceType } from '../resource-type.ts';
import type { RoleBook } from '../roles.ts';
import { resourceManagerVersions } from '../rows/resource-groups.ts';
import type { Service, ServiceCall } from '../service.ts';

/** Namespaces that no subscription has to register. */
const always = ['microsoft.resources', 'microsoft.authorization'];

/** Which namespaces each subscription has registered: all that are modelled, until it unregisters one. */
export class Registrations {
  readonly #unregistered = new Set<string>();

  isRegistered(subscriptionId: string, namespace: string): boolean {
    return !this.#unregistered.has(keyOf(subscriptionId, namespace));
  }

  set(subscriptionId: string, namespace: string, isRegistered: boolean): void {
    if (isRegistered || always.includes(namespace.toLowerCase())) {
      this.#unregistered.delete(keyOf(subscriptionId, namespace));
    } else {
      this.#unregistered.add(keyOf(subscriptionId, namespace));
    }
  }

  /** @throws ArmError 409 where the subscription has not registered the namespace */
  require(subscriptionId: string, namespace: string): void {
    if (!this.isRegistered(subscriptionId, namespace)) {
      throw new ArmError(
        409,
        'MissingSubscriptionRegistration',
        `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`,
        { 'x-ms-failure-cause': 'gateway' },
      );
    }
  }
}

export interface ProviderParts {
  readonly store: ResourceStore;
  readonly roles: RoleBook;
  readonly catalogue: readonly ResourceType[];
  readonly registrations: Registrations;
}

/** `GET /subscriptions/{id}/providers` and below it: what the catalogue has, as clients ask it for versions of an API. */
export function providers(parts: ProviderParts): readonly Service[] {
  const common = { apiVersions: resourceManagerVersions, options: [], isCounted: true };
  return [
    {
      ...common,
      operation: 'Microsoft.Resources/subscriptions/providers/read',
      method: 'GET',
      path: /^\/subscriptions\/[^/]+\/providers(\/[^/]+)?$/i,
      answer: (call) => {
        const subscription = subscriptionFor(call, 'Microsoft.Resources/subscriptions/providers/read', parts);
        const isList = sameId(nameOf(call.path), 'providers');
        const all = namespacesOf(parts.catalogue);
        return {
          status: 200,
          body: isList
            ? { value: all.map((namespace) => providerBody(namespace, subscription, parts)) }
            : providerBody(requireNamespace(nameOf(call.path), parts), subscription, parts),
        };
      },
    },
    ...([true, false] as const).map((isRegistered): Service => {
      const action = isRegistered ? 'register' : 'unregister';
      return {
        ...common,
        operation: `Microsoft.Resources/providers/${action}/action`,
        method: 'POST',
        path: new RegExp(`^/subscriptions/[^/]+/providers/[^/]+/${action}$`, 'i'),
        answer: (call) => {
          const namespace = requireNamespace(nameOf(call.path.slice(0, call.path.lastIndexOf('/'))), parts);
          const subscription = subscriptionFor(call, `${namespace}/${action}/action`, parts);
          parts.registrations.set(subscription, namespace, isRegistered);
          return { status: 200, body: providerBody(namespace, subscription, parts) };
        },
      };
    }),
  ];
}

function subscriptionFor(
  { path, caller }: ServiceCall,
  action: string,
  { store, roles }: ProviderParts,
): string {
  const subscription = subscriptionOf(path) ?? '';
  requireRight(roles, caller.principal, action, `/subscriptions/${subscription}`);
  if (!store.has(`/subscriptions/${subscription}`)) {
    throw subscriptionNotFound(subscription);
  }
  return subscription;
}

function requireNamespace(asked: string, { catalogue }: ProviderParts): string {
  const found = namespacesOf(catalogue).find((namespace) => sameId(namespace, asked));
  if (found === undefined) {
    throw unknownNamespace(asked);
  }
  return found;
}

function namespacesOf(catalogue: readonly ResourceType[]): readonly string[] {
  return [...new Set(catalogue.map(({ type }) => type.split('/')[0] ?? ''))];
}

function providerBody(
  namespace: string,
  subscription: string,
  { catalogue, registrations }: ProviderParts,
): ArmBody {
  const types = catalogue.filter(({ type }) => type.startsWith(`${namespace}/`));
  const isFree = always.includes(namespace.toLowerCase());
  return {
    id: `/subscriptions/${subscription}/providers/${namespace}`,
    namespace,
    resourceTypes: types.map((row) => typeBody(row, namespace)),
    registrationState: registrations.isRegistered(subscription, namespace) ? 'Registered' : 'NotRegistered',
    registrationPolicy: isFree ? 'RegistrationFree' : 'RegistrationRequired',
  };
}

/** A type by its name below the namespace. Only what has a place itself names places. */
function typeBody({ type, apiVersions, listedBy }: ResourceType, namespace: string): ArmBody {
  const hasPlace = listedBy.includes('group');
  return {
    resourceType: type.slice(namespace.length + 1),
    locations: hasPlace ? regions.map(({ displayName }) => displayName) : [],
    apiVersions: apiVersions.toReversed(),
    capabilities: hasPlace ? 'SupportsTags, SupportsLocation' : 'None',
  };
}

function keyOf(subscriptionId: string, namespace: string): string {
  return `${subscriptionId}|${namespace}`.toLowerCase();
}
