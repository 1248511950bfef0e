import type { PrincipalRegistry } from '../../identity/principals.ts';
import type { ArmBody } from '../arm-body.ts';
import { member, text } from '../arm-body.ts';
import { ArmError, invalidRequestContent } from '../arm-error.ts';
import { nameOf, sameId, scopeOf, subscriptionOf } from '../arm-path.ts';
import type { ListedItem } from '../list-filter.ts';
import type { Keeper, StoredResource } from '../resource-store.ts';
import type { ResourceType, Write } from '../resource-type.ts';
import { covers } from '../roles.ts';
import type { RoleBook, StoredAssignment } from '../roles.ts';
import { azureTime } from './storage-account-defaults.ts';

const type = 'Microsoft.Authorization/roleAssignments';
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Role assignments as Resource Manager shows them: the same that decide what a principal may do, from the next call on. */
export function roleAssignments(roles: RoleBook, principals: PrincipalRegistry): ResourceType {
  const principalOf = ({ resource }: ListedItem) => text(member(resource.body, 'properties'), 'principalId');
  return {
    type,
    verbs: ['GET', 'LIST', 'PUT', 'DELETE'],
    listedBy: ['scope'],
    paging: { sizeParameter: null, pageSize: 1_000 },
    filter: {
      fields: { principalId: principalOf },
      calls: {
        atScope: ({ resource, scope }) => covers(scopeOf(resource.id), scope),
        assignedTo: (item, principal = '') =>
          [principal, ...(principals.find(principal)?.groups ?? [])].some((id) =>
            sameId(id, principalOf(item)),
          ),
      },
    },
    apiVersions: [
      '2015-07-01',
      '2018-01-01-preview',
      '2018-09-01-preview',
      '2020-03-01-preview',
      '2020-04-01-preview',
      '2020-08-01-preview',
      '2020-10-01-preview',
      '2022-04-01',
    ],
    isAsynchronous: false,
    etag: 'none',
    absentDelete: 204,
    showsDeleted: true,
    updateStatus: 201,
    merge: { members: [], readOnly: [], deep: [], immutable: [] },
    create: ({ id }) => ({ properties: {}, id, type, name: nameOf(id) }),
    check: (write) => checkAssignment(write, roles, principals),
    settle: (merged, write) => settleAssignment(merged, write, principals),
    notFound: (_correlation, _now, id) =>
      new ArmError(404, 'RoleAssignmentNotFound', `The role assignment '${nameOf(id)}' is not found.`),
    actions: [],
  };
}

function settleAssignment(
  merged: ArmBody,
  { id, request, writer, now, current }: Write,
  principals: PrincipalRegistry,
): ArmBody {
  const asked = member(request, 'properties');
  const before = member(current?.body, 'properties');
  const time = azureTime(now);
  return {
    ...merged,
    properties: {
      roleDefinitionId: asked.roleDefinitionId,
      principalId: asked.principalId,
      principalType: typeOfPrincipal(text(asked, 'principalId'), principals),
      scope: scopeOf(id),
      condition: asked.condition ?? null,
      conditionVersion: asked.conditionVersion ?? null,
      createdOn: before.createdOn ?? time,
      updatedOn: time,
      createdBy: before.createdBy ?? writer,
      updatedBy: writer,
      delegatedManagedIdentityResourceId: null,
      description: asked.description ?? null,
    },
  };
}

/** Keeps role assignments in the role book. */
export function assignmentKeeper(roles: RoleBook, principals: PrincipalRegistry): Keeper {
  const find = (id: string) =>
    roles.assignments().find((one) => sameId(one.id, nameOf(id)) && sameId(one.scope, scopeOf(id)));
  const show = (assignment: StoredAssignment) => toResource(assignment, roles, principals);
  return {
    get: (id) => {
      const found = find(id);
      return found && show(found);
    },
    set: (id, body) => {
      const { scope, principalId, roleDefinitionId, ...noted } = member(body, 'properties');
      roles.revoke({ id: nameOf(id) });
      const stored = {
        id: nameOf(id),
        principalObjectId: String(principalId),
        role: roles.definition(nameOf(String(roleDefinitionId)))?.name ?? '',
        scope: String(scope),
        noted,
      };
      roles.assign(stored);
      return show(stored);
    },
    remove: (id) => find(id) !== undefined && roles.revoke({ id: nameOf(id) }) > 0,
    list: (scope) =>
      roles
        .assignments()
        .filter((one) => covers(one.scope, scope) || covers(scope, one.scope))
        .map(show),
  };
}

function toResource(
  { id: name, scope, principalObjectId, role, noted }: StoredAssignment,
  roles: RoleBook,
  principals: PrincipalRegistry,
): StoredResource {
  const id = `${scope === '/' ? '' : scope}/providers/${type}/${name}`;
  const body = {
    properties: {
      roleDefinitionId: definitionId(roles.definition(role)?.id ?? '', scope),
      principalId: principalObjectId,
      principalType: typeOfPrincipal(principalObjectId, principals),
      scope,
      condition: null,
      conditionVersion: null,
      ...noted,
    },
    id,
    type,
    name,
  };
  return { id, type, body, createdAt: 0, changedAt: 0 };
}

/** Id of a role definition as it is named at a scope. */
export function definitionId(guidOfRole: string, scope: string): string {
  const subscription = subscriptionOf(scope);
  const prefix = subscription === undefined ? '' : `/subscriptions/${subscription}`;
  return `${prefix}/providers/Microsoft.Authorization/roleDefinitions/${guidOfRole}`;
}

/** People who are in a group tell of the group; the directory has no groups of its own. */
function typeOfPrincipal(objectId: string, principals: PrincipalRegistry): string | undefined {
  const all = principals.list();
  const found = all.find((one) => sameId(one.objectId, objectId));
  if (found !== undefined) {
    return found.kind === 'User' ? 'User' : 'ServicePrincipal';
  }
  return all.some(({ groups = [] }) => groups.some((group) => sameId(group, objectId))) ? 'Group' : undefined;
}

function checkAssignment(write: Write, roles: RoleBook, principals: PrincipalRegistry): void {
  const { id, request, current } = write;
  const asked: ArmBody = member(request, 'properties');
  const principalId = text(asked, 'principalId');
  const role = roles.definition(nameOf(text(asked, 'roleDefinitionId')));
  if (!guid.test(nameOf(id))) {
    throw new ArmError(
      400,
      'InvalidRoleAssignmentId',
      `The role assignment ID '${nameOf(id)}' is not valid. The role assignment ID must be a GUID.`,
    );
  }
  if (principalId === '' || text(asked, 'roleDefinitionId') === '') {
    throw invalidRequestContent('roleDefinitionId and principalId are required');
  }
  if (role === undefined) {
    throw new ArmError(
      400,
      'RoleDefinitionDoesNotExist',
      `The specified role definition with ID '${nameOf(text(asked, 'roleDefinitionId')).replaceAll('-', '')}' does not exist.`,
    );
  }
  if (typeOfPrincipal(principalId, principals) === undefined) {
    throw new ArmError(
      400,
      'PrincipalNotFound',
      `Principal ${principalId.replaceAll('-', '')} does not exist in the directory. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype`,
    );
  }
  const before = member(current?.body, 'properties');
  if (
    current !== undefined &&
    !(
      sameId(text(before, 'principalId'), principalId) &&
      sameId(nameOf(text(before, 'roleDefinitionId')), role.id)
    )
  ) {
    throw new ArmError(
      400,
      'RoleAssignmentUpdateNotPermitted',
      'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
    );
  }
  const isTwin = roles
    .assignments()
    .some(
      (one) =>
        !sameId(one.id, nameOf(id)) &&
        sameId(one.principalObjectId, principalId) &&
        sameId(one.role, role.name) &&
        sameId(one.scope, scopeOf(id)),
    );
  if (isTwin) {
    throw new ArmError(409, 'RoleAssignmentExists', 'The role assignment already exists.');
  }
}
