/** Resources that manage resource groups, by lower-case type, with a version of their API that is in use. */
export const managerTypes: Readonly<Record<string, { readonly read: string; readonly apiVersion: string }>> =
  {
    'microsoft.databricks/workspaces': {
      read: 'Microsoft.Databricks/workspaces/read',
      apiVersion: '2024-05-01',
    },
    'microsoft.containerservice/managedclusters': {
      read: 'Microsoft.ContainerService/managedClusters/read',
      apiVersion: '2024-09-01',
    },
    'microsoft.solutions/applications': {
      read: 'Microsoft.Solutions/applications/read',
      apiVersion: '2021-07-01',
    },
    'microsoft.synapse/workspaces': { read: 'Microsoft.Synapse/workspaces/read', apiVersion: '2021-06-01' },
  };

/** Azure actions for reading the surroundings of a resource. */
export const surroundingsActions: readonly string[] = [
  'Microsoft.Authorization/policyAssignments/read',
  'Microsoft.Authorization/policyExemptions/read',
  'Microsoft.Authorization/policySetDefinitions/read',
  'Microsoft.Authorization/roleAssignments/read',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
  ...Object.values(managerTypes).map(({ read }) => read),
];
