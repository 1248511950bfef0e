import type { ArmBody } from '../arm-body.ts';
import { member, text } from '../arm-body.ts';
import { invalidRequestContent } from '../arm-error.ts';
import { nameOf, sameId, scopeOf } from '../arm-path.ts';
import type { ResourceType, Write } from '../resource-type.ts';

/** Types that do nothing here but be there: made at once, kept as they were put. */
export function plain(
  row: Pick<ResourceType, 'type' | 'apiVersions'> &
    Partial<ResourceType> & { readonly members?: readonly string[] },
): ResourceType {
  const { members = [], ...rest } = row;
  return {
    verbs: ['GET', 'LIST', 'PUT', 'DELETE'],
    listedBy: ['subscription', 'group'],
    paging: { sizeParameter: '$top', pageSize: 1_000 },
    isAsynchronous: false,
    etag: 'none',
    absentDelete: 204,
    merge: { members, readOnly: ['provisioningState'], deep: [], immutable: [] },
    create: (write) => newResource(row.type, write),
    actions: [],
    ...rest,
  };
}

function tracked(
  type: string,
  apiVersions: readonly string[],
  members: readonly string[] = [],
): ResourceType {
  return plain({
    type,
    apiVersions,
    members: ['tags', 'identity', ...members],
    create: (write) => ({ ...newResource(type, write), location: locationOf(write.request) }),
    places: ['global'],
  });
}

export const databricksWorkspaces = tracked(
  'Microsoft.Databricks/workspaces',
  ['2018-04-01', '2021-04-01-preview', '2022-04-01-preview', '2023-02-01', '2024-05-01'],
  ['sku'],
);

export const managedClusters = tracked(
  'Microsoft.ContainerService/managedClusters',
  [
    '2020-09-01',
    '2021-05-01',
    '2022-09-01',
    '2023-05-01',
    '2024-05-01',
    '2024-09-01',
    '2025-02-01',
    '2025-08-01',
  ],
  ['sku', 'kind', 'extendedLocation'],
);

const eventGridVersions = ['2020-04-01-preview', '2021-12-01', '2022-06-15', '2025-02-15'];

export const systemTopics = tracked('Microsoft.EventGrid/systemTopics', eventGridVersions);

export const systemTopicSubscriptions = plain({
  type: 'Microsoft.EventGrid/systemTopics/eventSubscriptions',
  apiVersions: eventGridVersions,
  listedBy: ['parent'],
});

/** Exemptions lie on subscriptions, groups and resources. */
export const policyExemptions = plain({
  type: 'Microsoft.Authorization/policyExemptions',
  apiVersions: ['2020-07-01-preview', '2022-07-01-preview', '2024-12-01-preview'],
  listedBy: ['scope'],
  filter: {
    fields: {
      policyAssignmentId: ({ resource }) => text(member(resource.body, 'properties'), 'policyAssignmentId'),
    },
    calls: { atExactScope: ({ resource, scope }) => sameId(scopeOf(resource.id), scope) },
  },
  create: (write) => ({ ...newResource('Microsoft.Authorization/policyExemptions', write), properties: {} }),
  check: checkExemption,
});

/** Assignments and definitions of Azure Policy are kept, and enforce nothing. */
export const policyAssignments = plain({
  type: 'Microsoft.Authorization/policyAssignments',
  apiVersions: [
    '2019-09-01',
    '2020-09-01',
    '2021-06-01',
    '2022-06-01',
    '2023-04-01',
    '2024-05-01',
    '2025-03-01',
  ],
  members: ['identity', 'location'],
  listedBy: ['scope'],
  create: (write) => ({ ...newResource('Microsoft.Authorization/policyAssignments', write), properties: {} }),
});

export const policyDefinitions = plain({
  type: 'Microsoft.Authorization/policyDefinitions',
  apiVersions: ['2019-09-01', '2020-09-01', '2021-06-01', '2023-04-01', '2024-05-01', '2025-03-01'],
  listedBy: ['scope'],
  create: (write) => ({
    ...newResource('Microsoft.Authorization/policyDefinitions', write),
    properties: { policyType: 'Custom' },
  }),
});

function newResource(type: string, { id }: Write): ArmBody {
  return { id, name: nameOf(id), type, properties: { provisioningState: 'Succeeded' } };
}

function locationOf(request: ArmBody): string {
  return text(request, 'location').replaceAll(' ', '').toLowerCase();
}

function checkExemption({ request, current }: Write): void {
  const properties = (request.properties ?? {}) as ArmBody;
  const isCategory = ['Waiver', 'Mitigated'].includes(text(properties, 'exemptionCategory'));
  if (current === undefined && (text(properties, 'policyAssignmentId') === '' || !isCategory)) {
    throw invalidRequestContent(
      'policyAssignmentId and exemptionCategory (Waiver or Mitigated) are required',
    );
  }
}
