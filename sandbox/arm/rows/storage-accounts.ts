import type { ArmBody } from '../arm-body.ts';
import { member, text } from '../arm-body.ts';
import { ArmError, invalidValues, locationRequired } from '../arm-error.ts';
import { nameOf } from '../arm-path.ts';
import { valueAt } from '../merge.ts';
import type { ResourceType, Write } from '../resource-type.ts';
import { azureTime, newStorageAccount, settleStorageAccount } from './storage-account-defaults.ts';
import { storageAccountKeyActions } from './storage-account-keys.ts';
import { storageVersions } from './storage-versions.ts';

const tlsVersions = ['TLS1_0', 'TLS1_1', 'TLS1_2', 'TLS1_3'];

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
  check: checkStorageAccount,
  settle: settleStorageAccount,
  actions: storageAccountKeyActions,
};

function checkStorageAccount({ method, id, request, current }: Write): void {
  const properties = member(request, 'properties');
  if (current === undefined && text(request, 'location') === '') {
    throw locationRequired();
  }
  if (current === undefined && !/^[a-z0-9]{3,24}$/.test(nameOf(id))) {
    throw new ArmError(
      400,
      'AccountNameInvalid',
      `${nameOf(id)} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`,
    );
  }
  if (method === 'PATCH' && request.kind === 'Storage') {
    throw invalidValues(['kind']);
  }
  const days = valueAt(properties, 'keyPolicy.keyExpirationPeriodInDays');
  if (typeof days === 'number' && days < 1) {
    throw invalidValues(['keyPolicy.keyExpirationPeriodInDays']);
  }
  const tls = properties.minimumTlsVersion;
  if (tls != null && !tlsVersions.some((known) => known === tls)) {
    throw invalidValues(['minimumTlsVersion']);
  }
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
