import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSpecification } from './specification.ts';
import type { Exchange, Specification } from './specification.ts';
import { accountId, fixture, groupId, startWorld, subscriptionId } from './world.ts';
import type { World } from './world.ts';

const committed = join(import.meta.dirname, '../../../sandbox/fixtures');
const published = join(import.meta.dirname, '../../../../shared/data/specs');
const folders = [committed, ...(existsSync(published) ? [published] : [])];
if (folders.length === 1) {
  console.warn('SKIPPED: no OpenAPI files in ../shared/data/specs; only the committed ones were used');
}

const service = `${accountId}/blobServices/default`;
const container = `${service}/containers/data`;

const files = `${accountId}/fileServices/default`;
const rule = {
  name: 'old',
  type: 'Lifecycle',
  definition: { actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 30 } } } },
};

/** Every operation that the sandbox has of the version that the files describe. */
const calls: readonly (readonly [method: string, path: string, request?: Record<string, unknown>])[] = [
  [
    'PUT',
    accountId,
    {
      location: 'westeurope',
      kind: 'StorageV2',
      sku: { name: 'Standard_RAGRS' },
      properties: { allowBlobPublicAccess: true },
    },
  ],
  ['GET', accountId],
  ['PUT', accountId, { location: 'westeurope', kind: 'StorageV2', sku: { name: 'Standard_RAGRS' } }],
  ['PATCH', accountId, { properties: { minimumTlsVersion: 'TLS1_2', publicNetworkAccess: 'Disabled' } }],
  [
    'PATCH',
    accountId,
    {
      identity: { type: 'SystemAssigned' },
      properties: { networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '203.0.113.7' }] } },
    },
  ],
  ['GET', `/subscriptions/${subscriptionId}/providers/Microsoft.Storage/storageAccounts`],
  ['GET', `${groupId}/providers/Microsoft.Storage/storageAccounts`],
  ['POST', `${accountId}/listKeys`],
  ['POST', `${accountId}/regenerateKey`, { keyName: 'key1' }],
  ['GET', `${accountId}/blobServices`],
  ['GET', service],
  [
    'PUT',
    service,
    { properties: { isVersioningEnabled: true, lastAccessTimeTrackingPolicy: { enable: true } } },
  ],
  ['PUT', container, { properties: { publicAccess: 'None', metadata: { a: 'b' } } }],
  ['PUT', container, { properties: { publicAccess: 'None' } }],
  ['PATCH', container, { properties: { publicAccess: 'Container' } }],
  ['GET', container],
  ['GET', `${service}/containers`],
  ['GET', `${accountId}/fileServices`],
  ['GET', files],
  ['PUT', files, { properties: { shareDeleteRetentionPolicy: { enabled: true, days: 9 } } }],
  ['PUT', `${files}/shares/data`, { properties: { shareQuota: 5, accessTier: 'Cool' } }],
  ['PATCH', `${files}/shares/data`, { properties: { metadata: { a: 'b' } } }],
  ['GET', `${files}/shares/data`],
  ['GET', `${files}/shares`],
  ['DELETE', `${files}/shares/data`],
  ['PUT', `${accountId}/managementPolicies/default`, { properties: { policy: { rules: [rule] } } }],
  ['GET', `${accountId}/managementPolicies/default`],
  ['DELETE', `${accountId}/managementPolicies/default`],
  ['PUT', `${accountId}/encryptionScopes/own`, { properties: { source: 'Microsoft.Storage' } }],
  ['PATCH', `${accountId}/encryptionScopes/own`, { properties: { state: 'Disabled' } }],
  ['GET', `${accountId}/encryptionScopes/own`],
  ['GET', `${accountId}/encryptionScopes`],
  [
    'POST',
    `${accountId}/ListAccountSas`,
    {
      signedServices: 'b',
      signedResourceTypes: 's',
      signedPermission: 'r',
      signedExpiry: '2100-01-01T00:00:00.0000000Z',
    },
  ],
  ['GET', `/subscriptions/${subscriptionId}/providers/Microsoft.Storage/locations/westeurope/usages`],
  [
    'POST',
    `/subscriptions/${subscriptionId}/providers/Microsoft.Storage/checkNameAvailability`,
    { name: 'free01', type: 'Microsoft.Storage/storageAccounts' },
  ],
  ['DELETE', container],
  ['DELETE', container],
  ['DELETE', accountId],
  ['DELETE', accountId],
];

/** Azure answers `FULL` where its files declare `Full`: see the recorded keys. */
const knownMismatch = 'Enum does not match case for: FULL';

let world: World;
beforeAll(async () => {
  world = await startWorld({ latency: { creation: 0 } });
  world.azure.arm.throttle.limits = { ...world.azure.arm.throttle.limits, isEnabled: false };
});
afterAll(() => world.azure.stop());

describe.each(folders)('against the OpenAPI files of %s', (folder) => {
  let specification: Specification;
  beforeAll(async () => {
    specification = await loadSpecification(folder);
  });

  test('every request and answer of every operation is as described', async () => {
    const wrong: string[] = [];
    const statuses: number[] = [];
    for (const [method, path, request] of calls) {
      const exchange = await exchangeOf(method, path, request);
      statuses.push(exchange.status);
      const errors = await specification.check(exchange);
      const unexpected = errors.filter((error) => !error.includes(knownMismatch));
      wrong.push(...unexpected.map((error) => `${method} ${path}: ${exchange.status} ${error}`));
    }
    expect(wrong).toEqual([]);
    expect([...new Set(statuses)].sort()).toEqual([200, 201, 202, 204]);
  });

  test('an answer that is not as described is found', async () => {
    const exchange = await exchangeOf(
      'GET',
      `/subscriptions/${subscriptionId}/providers/Microsoft.Storage/storageAccounts`,
    );
    const value = [{ properties: { minimumTlsVersion: 12 } }];
    const errors = await specification.check({ ...exchange, body: { value } });
    expect(errors.join()).toContain('INVALID_TYPE /value/0/properties/minimumTlsVersion');
  });

  test('recorded bodies differ from the files only in what Azure answers undeclared', async () => {
    const errors = new Set<string>();
    for (const { body } of fixture('storage-accounts')) {
      for (const error of await specification.check({
        method: 'GET',
        url: `${accountId}?api-version=2023-05-01`,
        request: undefined,
        status: 200,
        body,
      })) {
        errors.add(error.replace(/^.*: /, ''));
      }
    }
    expect([...errors].sort()).toEqual(['accountType', 'enableAutoRotation', 'trustedDirectories']);
  });
});

async function exchangeOf(
  method: string,
  path: string,
  request?: Record<string, unknown>,
): Promise<Exchange> {
  const { status, body } = await world.call(method, path, request);
  await new Promise((resolve) => setTimeout(resolve, status === 202 ? 20 : 0));
  return { method, url: `${path}?api-version=2023-05-01`, request, status, body };
}
