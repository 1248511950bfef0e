/**
 * The ways in which something outside a resource keeps its case open: a lock, an exemption of Azure Policy, a denial by Azure
 * Policy, a deny assignment, a missing right of ours, a resource that manages the group.
 */
export const obstructions = [
  'locked',
  'exempt',
  'denied-by-policy',
  'deny-assignment',
  'access-denied',
  'managed',
] as const;
export type Obstruction = (typeof obstructions)[number];
