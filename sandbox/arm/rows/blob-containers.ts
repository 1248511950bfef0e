import type { ArmBody } from '../arm-body.ts';
import { member, text } from '../arm-body.ts';
import { ArmError } from '../arm-error.ts';
import { nameOf, parentIdOf } from '../arm-path.ts';
import type { ResourceType, Write } from '../resource-type.ts';
import { readStorageRequest } from '../validation/request-schema.ts';
import { azureTime } from './storage-account-defaults.ts';
import { storageVersions } from './storage-versions.ts';

export const blobContainers: ResourceType = {
  type: 'Microsoft.Storage/storageAccounts/blobServices/containers',
  verbs: ['GET', 'LIST', 'PUT', 'PATCH', 'DELETE'],
  listedBy: ['parent'],
  paging: { sizeParameter: '$maxpagesize', pageSize: 5_000 },
  filter: { takesPrefix: true, fields: { name: ({ resource }) => text(resource.body, 'name') } },
  apiVersions: storageVersions.filter((version) => version >= '2018-02-01'),
  isAsynchronous: false,
  etag: 'shown',
  absentDelete: 204,
  merge: {
    members: [],
    readOnly: [
      'deleted',
      'hasImmutabilityPolicy',
      'hasLegalHold',
      'immutabilityPolicy',
      'lastModifiedTime',
      'leaseState',
      'leaseStatus',
      'legalHold',
      'remainingRetentionDays',
    ],
    deep: [],
    immutable: ['defaultEncryptionScope'],
  },
  create: newContainer,
  readRequest: (_method, request) => readStorageRequest('blob.json#/definitions/BlobContainer', request),
  check: checkContainer,
  settle: settleContainer,
  inList: asListed,
  inAnswer: asAnswered,
  notFound: (correlationId, now) =>
    new ArmError(
      404,
      'ContainerNotFound',
      storageMessage('The specified container does not exist.', correlationId, now),
    ),
  actions: [],
};

/** A message as the storage service words it, with the request and the time behind. */
export function storageMessage(message: string, requestId: string, now: number): string {
  return `${message}\nRequestId:${requestId}\nTime:${azureTime(now)}`;
}

function newContainer({ id, now }: Write): ArmBody {
  return {
    id,
    name: nameOf(id),
    type: 'Microsoft.Storage/storageAccounts/blobServices/containers',
    properties: {
      deleted: false,
      remainingRetentionDays: 0,
      defaultEncryptionScope: '$account-encryption-key',
      denyEncryptionScopeOverride: false,
      publicAccess: 'None',
      leaseStatus: 'Unlocked',
      leaseState: 'Available',
      lastModifiedTime: azureTime(now),
      legalHold: { hasLegalHold: false, tags: [] },
      hasImmutabilityPolicy: false,
      hasLegalHold: false,
    },
  };
}

function checkContainer({ id, request, current, store, now }: Write): void {
  if (current === undefined) {
    checkName(nameOf(id), now);
  }
  const level = member(request, 'properties').publicAccess ?? 'None';
  const account = store.get(parentIdOf(parentIdOf(id)));
  if (level !== 'None' && member(account?.body, 'properties').allowBlobPublicAccess === false) {
    throw new ArmError(
      409,
      'PublicAccessNotPermitted',
      storageMessage('Public access is not permitted on this storage account.', crypto.randomUUID(), now),
    );
  }
}

/** Names of containers and shares; `$root`, `$web` and `$logs` are the service's own. */
export function checkName(name: string, now: number): void {
  const isOwn = ['$root', '$web', '$logs'].includes(name);
  if (!isOwn && (name.length < 3 || name.length > 63)) {
    throw new ArmError(
      400,
      'OutOfRangeInput',
      storageMessage(
        'The specified resource name length is not within the permissible limits.',
        crypto.randomUUID(),
        now,
      ),
    );
  }
  if (!isOwn && !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
    throw new ArmError(
      400,
      'InvalidResourceName',
      storageMessage('The specifed resource name contains invalid characters.', crypto.randomUUID(), now),
    );
  }
}

function settleContainer(merged: ArmBody, { now }: Write): ArmBody {
  const properties = member(merged, 'properties');
  return {
    ...merged,
    properties: {
      ...properties,
      publicAccess: properties.publicAccess ?? 'None',
      lastModifiedTime: azureTime(now),
    },
  };
}

/** A list leaves out metadata, legal hold and immutability policy. */
function asListed(body: ArmBody): ArmBody {
  const {
    metadata: _metadata,
    legalHold: _hold,
    immutabilityPolicy: _policy,
    ...properties
  } = member(body, 'properties');
  return { ...body, properties };
}

/**
 * The answer to a write has neither lease nor times nor ETag; the answer to a PUT shows only the properties
 * asked for, and none at all when none were.
 */
function asAnswered({ etag: _etag, ...body }: ArmBody, { method, request }: Write): ArmBody {
  const asked = member(request, 'properties');
  if (method === 'PUT' && Object.keys(asked).length === 0) {
    return { id: body.id, name: text(body, 'name'), type: body.type };
  }
  const always = ['deleted', 'remainingRetentionDays', 'hasImmutabilityPolicy', 'hasLegalHold'];
  const hidden = ['leaseStatus', 'leaseState', 'lastModifiedTime', 'legalHold', 'immutabilityPolicy'];
  const shown = Object.entries(member(body, 'properties')).filter(([name]) =>
    method === 'PUT' ? always.includes(name) || name in asked : !hidden.includes(name),
  );
  return { ...body, properties: Object.fromEntries(shown) };
}
