import type { ArmBody } from '../arm-body.ts';
import { member } from '../arm-body.ts';
import type { ResourceType } from '../resource-type.ts';
import { readStorageRequest } from '../validation/request-schema.ts';
import { checkStorageAccount } from './storage-account-checks.ts';
import { azureTime, newStorageAccount, settleStorageAccount } from './storage-account-defaults.ts';
import { storageAccountKeyActions } from './storage-account-keys.ts';
import { storageVersions } from './storage-versions.ts';

export const storageAccounts: ResourceType = {
  type: 'Microsoft.Storage/storageAccounts',
  verbs: ['GET', 'LIST', 'PUT', 'PATCH', 'DELETE'],
  listedBy: ['subscription', 'group'],
  paging: { sizeParameter: null, pageSize: 1_000 },
  expand: { geoReplicationStats: withGeoReplication, blobRestoreStatus: (body) => body },
  apiVersions: storageVersions,
  isAsynchronous: true,
  etag: 'none',
  absentDelete: 204,
  merge: {
    members: ['sku', 'kind', 'tags', 'identity', 'extendedLocation'],
    readOnly: [
      'accountMigrationInProgress',
      'creationTime',
      'failoverInProgress',
      'geoReplicationStats',
      'isSkuConversionBlocked',
      'keyCreationTime',
      'lastGeoFailoverTime',
      'primaryEndpoints',
      'primaryLocation',
      'privateEndpointConnections',
      'provisioningState',
      'secondaryEndpoints',
      'secondaryLocation',
      'statusOfPrimary',
      'statusOfSecondary',
    ],
    deep: ['encryption', 'routingPreference'],
    immutable: ['encryption.requireInfrastructureEncryption', 'isHnsEnabled', 'isNfsV3Enabled'],
  },
  create: newStorageAccount,
  places: [],
  readRequest: readAccountRequest,
  check: checkStorageAccount,
  settle: settleStorageAccount,
  actions: storageAccountKeyActions,
};

/** Versions of 2015 have the sku in the properties, and no kind. */
function readAccountRequest(method: 'PUT' | 'PATCH', request: ArmBody, apiVersion: string): ArmBody {
  if (apiVersion < '2016') {
    return request;
  }
  const definition = method === 'PUT' ? 'StorageAccountCreateParameters' : 'StorageAccountUpdateParameters';
  return readStorageRequest(`storage.json#/definitions/${definition}`, request);
}

/** Copies are behind by less than 15 minutes at most; here they are not behind at all. Accounts of one region have none. */
function withGeoReplication(body: ArmBody, now: number): ArmBody {
  const properties = member(body, 'properties');
  if (properties.secondaryLocation === undefined) {
    return body;
  }
  const geoReplicationStats = { status: 'Live', lastSyncTime: azureTime(now), canFailover: true };
  return { ...body, properties: { ...properties, geoReplicationStats } };
}
