import type { ResourceId } from '../resource-id.ts';

/** Whether a managing resource (a Databricks workspace, a cluster) owns the resource group of a resource. */
export type Manager =
  | { readonly kind: 'none' }
  | { readonly kind: 'managed'; readonly by: string }
  /** The group names one that we may not read, or we may not read the group: it is not known to exist, nor not to. */
  | { readonly kind: 'unknown'; readonly by?: string; readonly reason: string };

/** An exemption of Azure Policy, as far as it can concern a control. */
export interface AzureExemption {
  readonly id: string;
  /** Lower-case names of the policy definitions that it exempts from. */
  readonly definitions: readonly string[];
  readonly category: 'Waiver' | 'Mitigated';
  /** Undefined for one without an end. */
  readonly expiresOn: Date | undefined;
}

/** What is known of a resource beside itself. Read with the identity that observes, and remembered for ten minutes. */
export interface Surroundings {
  /** @throws RemediationError that is transient; what is refused is `unknown` */
  managerOf(resource: ResourceId, until: Date): Promise<Manager>;
  /** Exemptions whose scope covers the resource. None where they may not be read: an exemption has to be shown. @throws RemediationError that is transient */
  exemptionsOf(resource: ResourceId, until: Date): Promise<readonly AzureExemption[]>;
}

/** Where nothing stands around. */
export const noSurroundings: Surroundings = {
  managerOf: () => Promise.resolve({ kind: 'none' }),
  exemptionsOf: () => Promise.resolve([]),
};
