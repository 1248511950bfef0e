import type { ArmBody } from '../arm-body.ts';
import { member } from '../arm-body.ts';
import type { ResourceType, Write } from '../resource-type.ts';
import { readStorageRequest } from '../validation/request-schema.ts';
import { storageVersions } from './storage-versions.ts';

export const blobServices: ResourceType = {
  type: 'Microsoft.Storage/storageAccounts/blobServices',
  verbs: ['GET', 'LIST', 'PUT'],
  listedBy: ['parent'],
  paging: { sizeParameter: null, pageSize: 1_000 },
  apiVersions: storageVersions,
  isAsynchronous: false,
  etag: 'none',
  absentDelete: 'not-found',
  merge: { members: [], readOnly: [], deep: [], immutable: [] },
  create: ({ id }) => defaultBlobService(id),
  implied: {
    name: 'default',
    body: (id, parent) => ({ sku: member(parent.body, 'sku'), ...defaultBlobService(id) }),
  },
  readRequest: (_method, request) =>
    readStorageRequest('blob.json#/definitions/BlobServiceProperties', request),
  settle: settleBlobService,
  inAnswer: asAnswered,
  actions: [],
};

function defaultBlobService(id: string): ArmBody {
  return {
    id,
    name: 'default',
    type: 'Microsoft.Storage/storageAccounts/blobServices',
    properties: {
      cors: { corsRules: [] },
      deleteRetentionPolicy: { allowPermanentDelete: false, enabled: false },
    },
  };
}

/** Last-access tracking is shown with its defaults while it is on, and not at all while it is off. */
function settleBlobService(merged: ArmBody): ArmBody {
  const { lastAccessTimeTrackingPolicy: tracking, ...properties } = member(merged, 'properties');
  const isTracked = member({ tracking }, 'tracking').enable === true;
  return {
    ...merged,
    properties: {
      ...(isTracked
        ? {
            lastAccessTimeTrackingPolicy: {
              name: 'AccessTimeTracking',
              trackingGranularityInDays: 1,
              blobType: ['blockBlob'],
              ...member({ tracking }, 'tracking'),
            },
          }
        : {}),
      ...properties,
    },
  };
}

/** The answer to a write shows what was asked for, as it came to stand; without the sku. */
function asAnswered({ sku: _sku, ...body }: ArmBody, { request }: Write): ArmBody {
  if (request.properties === undefined) {
    return { name: body.name };
  }
  const asked = Object.keys(member(request, 'properties'));
  const settled = Object.entries(member(body, 'properties')).filter(([name]) => asked.includes(name));
  return { ...body, properties: Object.fromEntries(settled) };
}
