import { activityActions } from '../azure/activity-actions.ts';
import { surroundingsActions } from '../azure/surroundings-actions.ts';
import type { Action, Remediator } from '../contract/remediator.ts';

/** Actions by the identity that holds them. */
export interface RoleActions {
  readonly observe: readonly Action[];
  readonly remediate: readonly Action[];
}

/**
 * Actions that the engine needs whatever the catalogue holds. Baseline and sweep list the accounts of a subscription,
 * the sweep asks whether the subscription has a topic for its events, and the guardrails ask who manages a resource
 * group, what Azure Policy exempts, and who re-opens a drift.
 */
const engineActions: RoleActions = {
  observe: [
    'Microsoft.EventGrid/systemTopics/read',
    'Microsoft.Storage/storageAccounts/read',
    ...surroundingsActions,
    ...activityActions,
  ],
  remediate: [],
};

/** Every action that the two identities need, sorted and without duplicates. */
export function roleActions(catalogue: readonly Remediator[]): RoleActions {
  const holders = [engineActions, ...catalogue.map(({ meta }) => meta.permissions)];
  return {
    observe: distinct(holders.flatMap(({ observe }) => observe)),
    remediate: distinct(holders.flatMap(({ remediate }) => remediate)),
  };
}

function distinct(actions: readonly Action[]): readonly Action[] {
  return [...new Set(actions)].sort();
}
