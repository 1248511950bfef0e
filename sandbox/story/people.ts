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

/** The group that the policy of the story names as those who decide. */
export const securityGroup = { id: '5ec0de00-0000-4000-8000-000000000001', label: 'Security' };

/** Everybody who signs in to Leakstop, with fixed object ids. They are Readers of the whole estate, and nobody of them may write in Azure. */
export const deciders: readonly Decider[] = [
  decider('security on call', 2, ['Leakstop.Approver']),
  decider('head of research', 3, ['Leakstop.RiskOwner']),
  decider('head of serving', 4, ['Leakstop.RiskOwner']),
  decider('operator', 5, ['Leakstop.Operator', 'Leakstop.Approver']),
  decider('auditor', 6, ['Leakstop.Auditor'], []),
  decider('an approver elsewhere', 7, ['Leakstop.Approver'], []),
];

/** Somebody who signs in. */
export interface Decider {
  readonly objectId: string;
  readonly displayName: string;
  readonly upn: string;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
}

function decider(displayName: string, number: number, roles: string[], groups = [securityGroup.id]): Decider {
  return {
    objectId: `5ec0de00-0000-4000-8000-${String(number).padStart(12, '0')}`,
    displayName,
    upn: `${displayName.replace(/^an? /, '').replaceAll(' ', '-')}@example.com`,
    roles,
    groups,
  };
}

/** Adds everybody to the directory, and gives the cast the role Contributor in the subscriptions, and those who decide the role Reader. */
export function employ(cloud: Cloud, subscriptions: readonly string[]): void {
  const { azure } = cloud;
  for (const decider of deciders) {
    const { objectId } = cloud.addPerson(decider);
    for (const subscription of subscriptions) {
      azure.arm.roles.assign({
        principalObjectId: objectId,
        role: 'Reader',
        scope: `/subscriptions/${subscription}`,
      });
    }
  }
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
