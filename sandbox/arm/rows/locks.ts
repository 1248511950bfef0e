import type { ArmBody } from '../arm-body.ts';
import { member } from '../arm-body.ts';
import { invalidValues } from '../arm-error.ts';
import { nameOf, sameId, scopeOf } from '../arm-path.ts';
import type { ResourceType, Write } from '../resource-type.ts';

/** Locks lie on subscriptions, groups and resources, and hold for all below. */
export const locks: ResourceType = {
  type: 'Microsoft.Authorization/locks',
  verbs: ['GET', 'LIST', 'PUT', 'DELETE'],
  listedBy: ['scope'],
  paging: { sizeParameter: null, pageSize: 1_000 },
  filter: { calls: { atScope: ({ resource, scope }) => sameId(scopeOf(resource.id), scope) } },
  apiVersions: ['2015-01-01', '2016-09-01', '2017-04-01', '2020-05-01'],
  isAsynchronous: false,
  etag: 'none',
  absentDelete: 204,
  merge: { members: [], readOnly: [], deep: [], immutable: [] },
  create: ({ id }) => ({ properties: {}, id, type: 'Microsoft.Authorization/locks', name: nameOf(id) }),
  check: checkLevel,
  settle: (merged) => ({
    ...merged,
    properties: { ...member(merged, 'properties'), level: levelOf(merged) },
  }),
  actions: [],
};

const levels = ['ReadOnly', 'CanNotDelete'];

function checkLevel({ request }: Write): void {
  if (levelOf(request) === undefined) {
    throw invalidValues(['level']);
  }
}

/** Levels are known in any case. */
function levelOf(body: ArmBody): string | undefined {
  return levels.find((level) => sameId(level, String(member(body, 'properties').level)));
}
