import { randomUUID } from 'node:crypto';
import type { Operation } from '../operation.ts';
import { azureTime } from './event.ts';
import type { GridEvent } from './event.ts';
import { subscriptionOf } from './resource-event.ts';

/** Properties of a storage account that version 2019-06-01, in which bodies are sent, does not know. */
const unknownToOldVersion: Readonly<Record<string, readonly string[]>> = {
  'microsoft.storage/storageaccounts': [
    'allowCrossTenantReplication',
    'allowedCopyScope',
    'defaultToOAuthAuthentication',
    'dnsEndpointType',
    'dualStackEndpointPreference',
    'enableExtendedGroups',
    'geoPriorityReplicationStatus',
    'immutableStorageWithVersioning',
    'isLocalUserEnabled',
    'isSftpEnabled',
    'keyCreationTime',
    'keyPolicy',
    'publicNetworkAccess',
    'sasPolicy',
    'storageAccountSkuConversionStatus',
  ],
};

/**
 * The event of the resource notifications topic, with the body of the resource and without its caller; undefined
 * for what that topic does not tell: actions, failures and child resources.
 */
export function toResourceNotification(operation: Operation): GridEvent | undefined {
  const { kind, outcome, resource, resourceId } = operation;
  const type = topLevelType(resourceId);
  if (type === undefined || outcome !== 'Success' || kind === 'action') {
    return undefined;
  }
  const name = resourceId.split('/').at(-1) ?? '';
  const identity = { id: resourceId, name, type };
  const isDeleted = kind === 'delete';
  const eventTime = azureTime(operation.time);
  return {
    id: randomUUID(),
    topic: `/subscriptions/${subscriptionOf(resourceId)}`,
    subject: resourceId,
    eventType: `Microsoft.ResourceNotifications.Resources.${isDeleted ? 'Deleted' : 'CreatedOrUpdated'}`,
    eventTime,
    data: {
      resourceInfo: isDeleted ? identity : { ...body(resource ?? {}, type), ...identity },
      ...(isDeleted ? {} : { apiVersion: '2019-06-01' }),
      operationalInfo: { resourceEventTime: eventTime },
    },
    dataVersion: '1',
    metadataVersion: '1',
  };
}

function topLevelType(resourceId: string): string | undefined {
  const [, provider, type] =
    /\/resourcegroups\/[^/]+\/providers\/([^/]+)\/([^/]+)\/[^/]+$/i.exec(resourceId) ?? [];
  return provider === undefined || type === undefined ? undefined : `${provider}/${type}`;
}

function body(resource: Readonly<Record<string, unknown>>, type: string): Record<string, unknown> {
  const unknown = unknownToOldVersion[type.toLowerCase()] ?? [];
  const { tags = {}, location, kind, sku, properties = {} } = resource;
  const known = Object.entries(properties as object).filter(([name]) => !unknown.includes(name));
  return withNumbers({
    tags,
    ...(location === undefined ? {} : { location }),
    ...(kind === undefined ? {} : { kind }),
    ...(sku === undefined ? {} : { sku }),
    properties: Object.fromEntries(known),
  }) as Record<string, unknown>;
}

/** Booleans come as 1 and 0 in the published example. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'boolean') {
    return value ? 1 : 0;
  }
  if (Array.isArray(value)) {
    return value.map(withNumbers);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withNumbers(item)]));
  }
  return value;
}
