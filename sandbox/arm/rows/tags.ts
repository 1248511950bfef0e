import { isBody, member, text } from '../arm-body.ts';
import type { ArmBody } from '../arm-body.ts';
import { invalidRequestContent } from '../arm-error.ts';
import { nameOf, scopeOf } from '../arm-path.ts';
import type { Keeper, ResourceStore, StoredResource } from '../resource-store.ts';
import type { ResourceType, Write } from '../resource-type.ts';
import { resourceManagerVersions } from './resource-groups.ts';

const type = 'Microsoft.Resources/tags';

/** `.../providers/Microsoft.Resources/tags/default`: the tags of a subscription, a group or a resource, by themselves. */
export const tags: ResourceType = {
  type,
  verbs: ['GET', 'PUT', 'PATCH', 'DELETE'],
  listedBy: ['scope'],
  paging: { sizeParameter: null, pageSize: 1_000 },
  apiVersions: resourceManagerVersions.filter((version) => version >= '2019-10-01'),
  isAsynchronous: false,
  etag: 'none',
  absentDelete: 204,
  merge: { members: [], readOnly: [], deep: [], immutable: [] },
  create: ({ id }) => ({ id, name: 'default', type, properties: { tags: {} } }),
  check: checkTags,
  settle: settleTags,
  actions: [],
};

/** Keeps tags where they are: in the resource. */
export function tagKeeper(store: ResourceStore): Keeper {
  const show = (id: string): StoredResource | undefined => {
    const resource = nameOf(id).toLowerCase() === 'default' ? store.get(scopeOf(id)) : undefined;
    return (
      resource && {
        ...resource,
        id,
        type,
        body: { id, name: 'default', type, properties: { tags: resource.body.tags ?? {} } },
      }
    );
  };
  const write = (id: string, held: unknown) => {
    const resource = store.get(scopeOf(id));
    if (resource !== undefined) {
      store.set(resource.id, { ...resource.body, tags: held });
    }
    return show(id);
  };
  return {
    get: show,
    set: (id, body) => {
      const written = write(id, member(body, 'properties').tags);
      if (written === undefined) {
        throw new Error(`Cannot tag "${scopeOf(id)}": it is not there`);
      }
      return written;
    },
    remove: (id) => show(id) !== undefined && write(id, {}) !== undefined,
    list: () => [],
  };
}

const operations = ['merge', 'replace', 'delete'];

function checkTags({ method, request }: Write): void {
  const asked = member(request, 'properties').tags;
  const isTags = isBody(asked) && Object.values(asked).every((value) => typeof value === 'string');
  if (!isTags || Object.keys(asked).length > 50) {
    throw invalidRequestContent('properties.tags has to be an object of at most 50 texts');
  }
  if (method === 'PATCH' && !operations.includes(text(request, 'operation').toLowerCase())) {
    throw invalidRequestContent('operation has to be Merge, Replace or Delete');
  }
}

/** Delete takes away the tags that are named with the value that they have. */
function settleTags(merged: ArmBody, { method, request, current }: Write): ArmBody {
  const asked = member(member(request, 'properties'), 'tags');
  const held = member(member(current?.body, 'properties'), 'tags');
  const operation = method === 'PUT' ? 'replace' : text(request, 'operation').toLowerCase();
  const result = {
    merge: { ...held, ...asked },
    replace: asked,
    delete: Object.fromEntries(Object.entries(held).filter(([name, value]) => asked[name] !== value)),
  }[operation];
  return { ...merged, properties: { tags: result } };
}
