import { expect, test } from 'vitest';
import { storageAccountHttpsOnly } from '../../remediators/storage-account-https-only.ts';
import type { Drift } from '../../shared/contract/observation.ts';
import { describeRemediator } from '../support/describe-remediator.ts';

const change = { properties: { supportsHttpsTrafficOnly: true } };

describeRemediator(storageAccountHttpsOnly, {
  inSync: [
    {
      name: 'plain HTTP is refused',
      resource: { kind: 'StorageV2', properties: { supportsHttpsTrafficOnly: true } },
    },
    {
      name: 'an NFS 3.0 account that refuses plain HTTP all the same',
      resource: { kind: 'StorageV2', properties: { supportsHttpsTrafficOnly: true, isNfsV3Enabled: true } },
    },
  ],
  drifted: [
    {
      name: 'plain HTTP is allowed',
      resource: { kind: 'StorageV2', properties: { supportsHttpsTrafficOnly: false } },
      change,
    },
    {
      name: 'other settings are kept',
      resource: {
        kind: 'Storage',
        tags: { owner: 'research' },
        properties: { supportsHttpsTrafficOnly: false, isNfsV3Enabled: false, minimumTlsVersion: 'TLS1_0' },
      },
      change,
    },
    {
      name: 'an account of file shares that may serve NFS 4.1',
      resource: { kind: 'FileStorage', properties: { supportsHttpsTrafficOnly: false } },
      differences: ['properties.supportsHttpsTrafficOnly'],
      notOffered: {
        reason: 'The account may serve NFS 4.1 shares, which the account itself does not tell',
        guidance: [/protocol of each file share/, /Secure transfer required/],
      },
    },
    {
      name: 'an NFS 3.0 account, whose blobs can be read over plain HTTP all the same',
      resource: {
        kind: 'StorageV2',
        properties: { supportsHttpsTrafficOnly: false, isNfsV3Enabled: true, isHnsEnabled: true },
      },
      differences: ['properties.supportsHttpsTrafficOnly'],
      notOffered: {
        reason: 'The account serves NFS 3.0, whose clients do not use TLS',
        guidance: [/http:\/\//, /Secure transfer required/, /one mount/, /private endpoints/],
      },
    },
  ],
  unknown: [
    {
      name: 'an incomplete body without the property',
      resource: { kind: 'StorageV2', properties: {} },
      path: 'properties.supportsHttpsTrafficOnly',
    },
    {
      name: 'an answer without the property, which is older than its default',
      resource: { kind: 'StorageV2', properties: {} },
      path: 'properties.supportsHttpsTrafficOnly',
      isComplete: true,
    },
  ],
  malformed: [
    { name: 'no properties', resource: { kind: 'StorageV2' } },
    { name: 'a number for a boolean', resource: { properties: { supportsHttpsTrafficOnly: 1 } } },
    { name: 'text for the NFS flag', resource: { properties: { isNfsV3Enabled: 'true' } } },
  ],
});

test('a body that leaves out whether NFS 3.0 is served is drift, and no change is offered on it', () => {
  const resource = {
    id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/weights',
    name: 'weights',
    type: 'Microsoft.Storage/storageAccounts',
    kind: 'StorageV2',
    properties: { supportsHttpsTrafficOnly: false },
  };
  const observation = { resource, root: resource, isComplete: false };
  const finding = storageAccountHttpsOnly.detect(observation);
  expect(finding.kind).toBe('drifted');
  expect(storageAccountHttpsOnly.plan(observation, finding as Drift)).toMatchObject({
    kind: 'not-offered',
    reason: 'The account may serve NFS 3.0, which this source does not tell',
  });
});
