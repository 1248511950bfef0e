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

/** The time of a question about surroundings. */
export interface SurroundingsQuestion {
  /** No call to Azure begins after this moment. */
  readonly until: Date;
  /** Answers that are older do not count: something is known to have changed. */
  readonly since?: Date | undefined;
}

/**
 * Facts about a resource that its own body does not hold. The observing identity reads them; they are kept for ten
 * minutes.
 */
export interface Surroundings {
  /** A refused read is `unknown`. @throws RemediationError, transient only */
  managerOf(resource: ResourceId, asked: SurroundingsQuestion): Promise<Manager>;
  /**
   * Exemptions whose scope covers the resource. A refused read counts as none: an exemption has to be shown.
   * @throws RemediationError, transient only
   */
  exemptionsOf(resource: ResourceId, asked: SurroundingsQuestion): Promise<readonly AzureExemption[]>;
  /**
   * The assignments on a subscription, in it, and on the management groups above it. Undefined if they may not be read.
   * @throws RemediationError, transient only
   */
  assignmentsOf(subscriptionId: string, asked: SurroundingsQuestion): Promise<Assignments | undefined>;
}

/** The assignments that can keep a change from being made. */
export interface Assignments {
  /** Lower-case ids of the assignments of Azure Policy; undefined if they are too many for one page. */
  readonly policies: ReadonlySet<string> | undefined;
  /** When a role was last assigned, ISO 8601; undefined if the subscription has no role assignment that says when. */
  readonly lastGranted: string | undefined;
}

/** Surroundings without managers and exemptions. */
export const noSurroundings: Surroundings = {
  managerOf: () => Promise.resolve({ kind: 'none' }),
  exemptionsOf: () => Promise.resolve([]),
  assignmentsOf: () => Promise.resolve(undefined),
};
