import type { ResourceType } from './resource-type.ts';
import { blobContainers } from './rows/blob-containers.ts';
import { blobServices } from './rows/blob-services.ts';
import { locks } from './rows/locks.ts';
import {
  databricksWorkspaces,
  managedClusters,
  policyAssignments,
  policyDefinitions,
  policyExemptions,
  systemTopicSubscriptions,
  systemTopics,
} from './rows/plain-resources.ts';
import { resourceGroups, subscriptions } from './rows/resource-groups.ts';
import { tags } from './rows/tags.ts';
import { storageAccounts } from './rows/storage-accounts.ts';
import {
  encryptionScopes,
  fileServices,
  fileShares,
  managementPolicies,
  queueServices,
  tableServices,
} from './rows/storage-children.ts';

/** The types of resource that Resource Manager knows. A new type is a new row. */
export const catalogue: readonly ResourceType[] = [
  subscriptions,
  resourceGroups,
  storageAccounts,
  blobServices,
  blobContainers,
  fileServices,
  fileShares,
  queueServices,
  tableServices,
  managementPolicies,
  encryptionScopes,
  locks,
  tags,
  policyAssignments,
  policyDefinitions,
  policyExemptions,
  databricksWorkspaces,
  managedClusters,
  systemTopics,
  systemTopicSubscriptions,
];
