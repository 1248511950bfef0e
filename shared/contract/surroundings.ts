import type { ResourceId } from '../resource-id.ts';

/** The managing resource (a Databricks workspace, a cluster) that owns a resource's group, if there is one. */
export type Manager =
  | { readonly kind: 'none' }
  | { readonly kind: 'managed'; readonly by: string }
  /**
   * We may not read the managing resource that the group names, or not the group itself, so nobody knows if there is
   * a manager.
   */
  | { readonly kind: 'unknown'; readonly by?: string; readonly reason: string };

/** The part of an Azure Policy exemption that can concern a control. */
export interface AzureExemption {
  readonly id: string;
  /** Lower-case names of the exempted policy definitions. */
  readonly definitions: readonly string[];
  readonly category: 'Waiver' | 'Mitigated';
  /** Undefined for an exemption without an end. */
  readonly expiresOn: Date | undefined;
}

/**
 * Facts about a resource that its own body does not hold. The observing identity reads them; they are kept for ten
 * minutes.
 */
export interface Surroundings {
  /** A refused read is `unknown`. @throws RemediationError, transient only */
  managerOf(resource: ResourceId, until: Date): Promise<Manager>;
  /**
   * Exemptions whose scope covers the resource. A refused read counts as none: an exemption has to be shown.
   * @throws RemediationError, transient only
   */
  exemptionsOf(resource: ResourceId, until: Date): Promise<readonly AzureExemption[]>;
}

/** Surroundings without managers and exemptions. */
export const noSurroundings: Surroundings = {
  managerOf: () => Promise.resolve({ kind: 'none' }),
  exemptionsOf: () => Promise.resolve([]),
};
