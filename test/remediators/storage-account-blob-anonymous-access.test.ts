import { storageAccountBlobAnonymousAccess } from '../../remediators/storage-account-blob-anonymous-access.ts';
import { describeRemediator } from '../support/describe-remediator.ts';

const change = { properties: { allowBlobPublicAccess: false } };
const undo = { kind: 'default', body: { properties: { allowBlobPublicAccess: true } } } as const;

describeRemediator(storageAccountBlobAnonymousAccess, {
  inSync: [
    {
      name: 'anonymous access is refused',
      resource: { kind: 'StorageV2', properties: { allowBlobPublicAccess: false } },
    },
  ],
  drifted: [
    {
      name: 'anonymous access is allowed',
      resource: { kind: 'StorageV2', properties: { allowBlobPublicAccess: true } },
      change,
    },
    { name: 'the property is absent', resource: { kind: 'StorageV2', properties: {} }, change, undo },
    {
      name: 'the property is null',
      resource: { kind: 'StorageV2', properties: { allowBlobPublicAccess: null } },
      change,
      undo,
    },
    { name: 'an old answer without a kind', resource: { properties: {} }, change, undo },
    {
      name: 'other settings are kept',
      resource: {
        kind: 'BlockBlobStorage',
        tags: { owner: 'research' },
        properties: {
          allowBlobPublicAccess: true,
          minimumTlsVersion: 'TLS1_0',
          networkAcls: { ipRules: [] },
        },
      },
      change,
    },
    {
      name: 'an account of file shares has no blobs to expose',
      resource: { kind: 'FileStorage', properties: {} },
      severity: 'low',
      exposure: 'latent',
      change,
      undo,
    },
  ],
  unknown: [
    {
      name: 'an incomplete body without the property',
      resource: { kind: 'StorageV2', properties: {} },
      path: 'properties.allowBlobPublicAccess',
    },
  ],
  malformed: [
    { name: 'no properties', resource: { kind: 'StorageV2' } },
    {
      name: 'a number for a boolean',
      resource: { kind: 'StorageV2', properties: { allowBlobPublicAccess: 0 } },
    },
    {
      name: 'text for a boolean',
      resource: { kind: 'StorageV2', properties: { allowBlobPublicAccess: 'false' } },
    },
  ],
});
