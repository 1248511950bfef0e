import { StorageManagementClient } from '@azure/arm-storage';
import type { Cloud } from '../cloud.ts';
import { credentialOf } from '../deploy.ts';
import type { Principal } from '../identity/principals.ts';

/** Everybody who writes in the story. All are Contributors of the whole estate. */
export const cast = {
  'a data scientist': { kind: 'User', upn: 'data-scientist@example.com' },
  'an ML engineer': { kind: 'User', upn: 'ml-engineer@example.com' },
  'a support engineer': { kind: 'User', upn: 'support-engineer@example.com' },
  'a contractor': { kind: 'User', upn: 'contractor@example.com' },
  'deploy-pipeline': { kind: 'ServicePrincipal' },
} as const satisfies Record<string, Pick<Principal, 'kind' | 'upn'>>;

export type Person = keyof typeof cast;

/** Adds the cast to the directory and gives each the role Contributor in the subscriptions. */
export function employ({ azure }: Cloud, subscriptions: readonly string[]): void {
  for (const [displayName, person] of Object.entries(cast)) {
    const { objectId } = azure.principals.add({
      objectId: crypto.randomUUID(),
      clientId: crypto.randomUUID(),
      displayName,
      ...person,
    });
    for (const subscription of subscriptions) {
      azure.arm.roles.assign({
        principalObjectId: objectId,
        role: 'Contributor',
        scope: `/subscriptions/${subscription}`,
      });
    }
  }
}

/** The real client, with tokens of a person. */
export function clientOf({ azure }: Cloud, person: Person, subscription: string): StorageManagementClient {
  const principal = azure.principals.find(person);
  if (principal === undefined) {
    throw new Error(`Nobody is called "${person}"`);
  }
  return new StorageManagementClient(
    credentialOf(azure, principal, 'https://management.azure.com'),
    subscription,
    { endpoint: azure.armUrl },
  );
}
