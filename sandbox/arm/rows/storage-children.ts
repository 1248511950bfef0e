import type { ArmBody } from '../arm-body.ts';
import { member } from '../arm-body.ts';
import { ArmError } from '../arm-error.ts';
import { nameOf, parentIdOf } from '../arm-path.ts';
import type { ResourceType, Write } from '../resource-type.ts';
import { readStorageRequest } from '../validation/request-schema.ts';
import { checkName } from './blob-containers.ts';
import { plain } from './plain-resources.ts';
import { azureTime } from './storage-account-defaults.ts';
import { storageVersions } from './storage-versions.ts';

const account = 'Microsoft.Storage/storageAccounts';

/** A service that every account has, by the name `default`, with the settings that it starts with. */
function service(name: string, settings: ArmBody): ResourceType {
  const type = `${account}/${name}`;
  const body = (id: string) => ({ id, name: 'default', type, properties: settings });
  return plain({
    type,
    verbs: ['GET', 'LIST', 'PUT'],
    listedBy: ['parent'],
    paging: { sizeParameter: null, pageSize: 1_000 },
    apiVersions: storageVersions.filter((version) => version >= '2018-02-01'),
    absentDelete: 'not-found',
    create: ({ id }) => body(id),
    implied: { name: 'default', body: (id, parent) => ({ sku: member(parent.body, 'sku'), ...body(id) }) },
  });
}

export const fileServices: ResourceType = {
  ...service('fileServices', {
    cors: { corsRules: [] },
    shareDeleteRetentionPolicy: { enabled: true, days: 7 },
    protocolSettings: { smb: {} },
  }),
  readRequest: (_method, request) =>
    readStorageRequest('file.json#/definitions/FileServiceProperties', request),
};

export const queueServices = service('queueServices', { cors: { corsRules: [] } });
export const tableServices = service('tableServices', { cors: { corsRules: [] } });

export const fileShares = plain({
  type: `${account}/fileServices/shares`,
  verbs: ['GET', 'LIST', 'PUT', 'PATCH', 'DELETE'],
  listedBy: ['parent'],
  paging: { sizeParameter: '$maxpagesize', pageSize: 5_000 },
  apiVersions: storageVersions.filter((version) => version >= '2019-04-01'),
  etag: 'shown',
  filter: { takesPrefix: true },
  readRequest: (_method, request) => readStorageRequest('file.json#/definitions/FileShare', request),
  create: ({ id, now }) => ({
    id,
    name: nameOf(id),
    type: `${account}/fileServices/shares`,
    properties: {
      accessTier: 'TransactionOptimized',
      enabledProtocols: 'SMB',
      leaseState: 'Available',
      leaseStatus: 'Unlocked',
      shareQuota: 102_400,
      lastModifiedTime: azureTime(now),
    },
  }),
  check: ({ id, current, now }) => {
    if (current === undefined) {
      checkName(nameOf(id), now);
    }
  },
  settle: withTime,
});

/** The rules by which blobs move and end; an account has one set of them, or none. */
export const managementPolicies = plain({
  type: `${account}/managementPolicies`,
  verbs: ['GET', 'PUT', 'DELETE'],
  listedBy: ['parent'],
  apiVersions: storageVersions.filter((version) => version >= '2018-03-01-preview'),
  readRequest: (_method, request) =>
    readStorageRequest('storage.json#/definitions/ManagementPolicy', request),
  create: ({ id }) => ({
    id,
    name: 'DefaultManagementPolicy',
    type: `${account}/managementPolicies`,
    properties: {},
  }),
  settle: withTime,
  createStatus: 200,
  notFound: (_correlation, _now, id) =>
    new ArmError(
      404,
      'ManagementPolicyNotFound',
      `No ManagementPolicy found for account ${nameOf(parentIdOf(id))}`,
    ),
});

export const encryptionScopes = plain({
  type: `${account}/encryptionScopes`,
  verbs: ['GET', 'LIST', 'PUT', 'PATCH'],
  listedBy: ['parent'],
  paging: { sizeParameter: '$maxpagesize', pageSize: 5_000 },
  apiVersions: storageVersions.filter((version) => version >= '2019-06-01'),
  readRequest: (_method, request) => readStorageRequest('storage.json#/definitions/EncryptionScope', request),
  create: ({ id, now }) => ({
    id,
    name: nameOf(id),
    type: `${account}/encryptionScopes`,
    properties: { source: 'Microsoft.Storage', state: 'Enabled', creationTime: azureTime(now) },
  }),
  settle: withTime,
});

function withTime(merged: ArmBody, { now }: Write): ArmBody {
  return { ...merged, properties: { ...member(merged, 'properties'), lastModifiedTime: azureTime(now) } };
}
