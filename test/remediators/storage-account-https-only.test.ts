import { storageAccountHttpsOnly } from '../../remediators/storage-account-https-only.ts';
import { describeRemediator } from '../support/describe-remediator.ts';

const change = { properties: { supportsHttpsTrafficOnly: true } };

describeRemediator(storageAccountHttpsOnly, {
  inSync: [
    {
      name: 'plain HTTP is refused',
      resource: { kind: 'StorageV2', properties: { supportsHttpsTrafficOnly: true } },
    },
    { name: 'absent, which Azure reads as true', resource: { kind: 'StorageV2', properties: {} } },
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
  ],
  unknown: [
    {
      name: 'an incomplete body without the property',
      resource: { kind: 'StorageV2', properties: {} },
      path: 'properties.supportsHttpsTrafficOnly',
    },
    {
      name: 'an incomplete body that does not tell whether NFS 3.0 is served',
      resource: { kind: 'StorageV2', properties: { supportsHttpsTrafficOnly: false } },
      path: 'properties.isNfsV3Enabled',
    },
  ],
  notApplicable: [
    {
      name: 'NFS 3.0',
      resource: { kind: 'StorageV2', properties: { supportsHttpsTrafficOnly: false, isNfsV3Enabled: true } },
      reason: /NFS 3\.0/,
    },
  ],
  malformed: [
    { name: 'no properties', resource: { kind: 'StorageV2' } },
    { name: 'a number for a boolean', resource: { properties: { supportsHttpsTrafficOnly: 1 } } },
    { name: 'text for the NFS flag', resource: { properties: { isNfsV3Enabled: 'true' } } },
  ],
});
