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

/** The types of resource that Resource Manager knows. A new type is a new row. */
export const catalogue: readonly ResourceType[] = [
  subscriptions,
  resourceGroups,
  storageAccounts,
  blobServices,
  blobContainers,
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
