import type { ArmBody } from '../arm-body.ts';
import { isBody, member, text } from '../arm-body.ts';
import { ArmError, invalidRequestContent } from '../arm-error.ts';
import { nameOf, sameId, scopeOf } from '../arm-path.ts';
import type { Keeper, StoredResource } from '../resource-store.ts';
import type { ResourceType, Write } from '../resource-type.ts';
import { covers } from '../roles.ts';
import type { RoleBook, StoredDefinition } from '../roles.ts';
import { definitionId } from './role-assignments.ts';

const type = 'Microsoft.Authorization/roleDefinitions';

/** Role definitions as Resource Manager shows them: built in, of the sandbox, and made by callers. */
export function roleDefinitions(roles: RoleBook): ResourceType {
  return {
    type,
    verbs: ['GET', 'LIST', 'PUT', 'DELETE'],
    listedBy: ['scope'],
    paging: { sizeParameter: null, pageSize: 1_000 },
    filter: {
      fields: {
        roleName: ({ resource }) => text(member(resource.body, 'properties'), 'roleName'),
        type: ({ resource }) => text(member(resource.body, 'properties'), 'type'),
      },
      // Definitions of other scopes are not listed anyway.
      calls: { atScopeAndBelow: () => true, atScope: () => true },
    },
    apiVersions: ['2015-07-01', '2018-01-01-preview', '2018-07-01', '2022-04-01', '2022-05-01-preview'],
    isAsynchronous: false,
    etag: 'none',
    absentDelete: 204,
    showsDeleted: true,
    updateStatus: 201,
    merge: { members: [], readOnly: [], deep: [], immutable: [] },
    create: ({ id }) => ({ properties: {}, id, type, name: nameOf(id) }),
    check: (write) => checkDefinition(write, roles),
    checkDelete: ({ body }) => checkUnused(body, roles),
    notFound: (_correlation, _now, id) =>
      new ArmError(
        404,
        'RoleDefinitionDoesNotExist',
        `The specified role definition with ID '${nameOf(id).replaceAll('-', '')}' does not exist.`,
      ),
    actions: [],
  };
}

/** Keeps role definitions in the role book. */
export function definitionKeeper(roles: RoleBook): Keeper {
  const isSeen = ({ assignableScopes = ['/'] }: StoredDefinition, scope: string) =>
    assignableScopes.some((one) => covers(one, scope) || covers(scope, one));
  const find = (id: string) => {
    const found = roles.definition(nameOf(id));
    return found && sameId(found.id, nameOf(id)) && isSeen(found, scopeOf(id)) ? found : undefined;
  };
  return {
    get: (id) => {
      const found = find(id);
      return found && toResource(found, scopeOf(id));
    },
    set: (id, body) => {
      const properties = member(body, 'properties');
      const [permission = {}] = listOf(properties.permissions);
      roles.undefine(nameOf(id));
      const stored = roles.define({
        id: nameOf(id),
        name: text(properties, 'roleName'),
        description: text(properties, 'description'),
        assignableScopes: listOf(properties.assignableScopes).map(String),
        actions: listOf(permission.actions).map(String),
        notActions: listOf(permission.notActions).map(String),
        dataActions: listOf(permission.dataActions).map(String),
        notDataActions: listOf(permission.notDataActions).map(String),
      });
      return toResource(stored, scopeOf(id));
    },
    remove: (id) => find(id) !== undefined && roles.undefine(nameOf(id)),
    list: (scope) =>
      roles
        .roles()
        .filter((one) => isSeen(one, scope))
        .map((one) => toResource(one, scope)),
  };
}

function toResource(role: StoredDefinition, scope: string): StoredResource {
  const id = definitionId(role.id, scope);
  const { actions, notActions = [], dataActions = [], notDataActions = [] } = role;
  const body = {
    properties: {
      roleName: role.name,
      type: role.isBuiltIn === true ? 'BuiltInRole' : 'CustomRole',
      description: role.description ?? null,
      assignableScopes: role.assignableScopes ?? ['/'],
      permissions: [{ actions, notActions, dataActions, notDataActions }],
    },
    id,
    type,
    name: role.id,
  };
  return { id, type, body, createdAt: 0, changedAt: 0 };
}

function checkDefinition({ id, request, current }: Write, roles: RoleBook): void {
  const asked = member(request, 'properties');
  const name = text(asked, 'roleName');
  if (member(current?.body, 'properties').type === 'BuiltInRole') {
    throw new ArmError(
      400,
      'RoleDefinitionUpdateNotPermitted',
      `The built-in role '${name}' cannot be changed.`,
    );
  }
  if (name === '' || listOf(asked.permissions).length !== 1 || listOf(asked.assignableScopes).length === 0) {
    throw invalidRequestContent('roleName, one of permissions and one or more assignableScopes are required');
  }
  const holder = roles.definition(name);
  if (holder !== undefined && !sameId(holder.id, nameOf(id))) {
    throw new ArmError(
      409,
      'RoleDefinitionWithSameNameExists',
      `A custom role with the same name already exists in this directory. Use a different name.`,
    );
  }
}

function checkUnused(body: ArmBody, roles: RoleBook): void {
  const name = text(member(body, 'properties'), 'roleName');
  if (roles.assignments().some(({ role }) => sameId(role, name))) {
    throw new ArmError(
      400,
      'RoleDefinitionHasAssignments',
      'There are existing role assignments referencing role (code: RoleDefinitionHasAssignments).',
    );
  }
}

function listOf(value: unknown): readonly ArmBody[] {
  return Array.isArray(value)
    ? (value as unknown[]).map((item) => (isBody(item) ? item : (item as ArmBody)))
    : [];
}
