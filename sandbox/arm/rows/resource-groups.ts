import { text } from '../arm-body.ts';
import { ArmError } from '../arm-error.ts';
import { nameOf } from '../arm-path.ts';
import { tagFields } from '../list-filter.ts';
import { groupBody } from '../resource-store.ts';
import type { ResourceType, Write } from '../resource-type.ts';

/** Versions of Resource Manager's own API that were seen in use, oldest first. */
export const resourceManagerVersions: readonly string[] = [
  '2015-11-01',
  '2016-02-01',
  '2016-06-01',
  '2016-09-01',
  '2017-05-10',
  '2018-02-01',
  '2018-05-01',
  '2019-05-01',
  '2019-05-10',
  '2019-06-01',
  '2019-07-01',
  '2019-08-01',
  '2019-10-01',
  '2019-11-01',
  '2020-01-01',
  '2020-06-01',
  '2020-10-01',
  '2021-01-01',
  '2021-04-01',
  '2022-09-01',
  '2022-12-01',
  '2024-03-01',
  '2024-07-01',
  '2025-04-01',
];

export const resourceGroups: ResourceType = {
  type: 'Microsoft.Resources/subscriptions/resourceGroups',
  verbs: ['GET', 'LIST', 'PUT', 'PATCH', 'DELETE'],
  listedBy: ['subscription'],
  paging: { sizeParameter: '$top', pageSize: 1_000 },
  filter: { fields: tagFields },
  apiVersions: resourceManagerVersions,
  isAsynchronous: false,
  etag: 'none',
  absentDelete: 'not-found',
  merge: { members: ['tags', 'managedBy'], readOnly: ['provisioningState'], deep: [], immutable: [] },
  create: ({ id, request }) => groupBody(id, text(request, 'location').replaceAll(' ', '').toLowerCase()),
  places: [],
  check: checkGroup,
  actions: [],
};

export const subscriptions: ResourceType = {
  type: 'Microsoft.Resources/subscriptions',
  verbs: ['GET', 'LIST'],
  listedBy: ['tenant'],
  paging: { sizeParameter: null, pageSize: 1_000 },
  apiVersions: resourceManagerVersions,
  isAsynchronous: false,
  etag: 'none',
  absentDelete: 'not-found',
  merge: { members: [], readOnly: [], deep: [], immutable: [] },
  create: ({ id }) => ({ id }),
  actions: [],
};

function checkGroup({ id }: Write): void {
  const name = nameOf(id);
  const strange = [...new Set(name.replaceAll(/[\p{L}\p{N}\-._()]/gu, ''))].join('');
  if (strange !== '') {
    throw new ArmError(
      400,
      'InvalidResourceGroup',
      `The provided resource group name '${name}' has these invalid characters: '${strange}'. The name can only be a letter, digit, '-', '.', '(', ')' or '_'.`,
      { 'x-ms-failure-cause': 'gateway' },
    );
  }
}
