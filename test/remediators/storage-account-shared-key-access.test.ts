import { storageAccountSharedKeyAccess } from '../../remediators/storage-account-shared-key-access.ts';
import { describeRemediator } from '../support/describe-remediator.ts';

const change = { properties: { allowSharedKeyAccess: false } };
const undo = { kind: 'default', body: { properties: { allowSharedKeyAccess: true } } } as const;
const impact = /connection strings.*AzureWebJobsStorage.*SMB mounts.*machine learning/;

describeRemediator(storageAccountSharedKeyAccess, {
  inSync: [{ name: 'keys are refused', resource: { properties: { allowSharedKeyAccess: false } } }],
  drifted: [
    {
      name: 'keys are accepted',
      resource: { properties: { allowSharedKeyAccess: true } },
      change,
      impact,
    },
    { name: 'absent, which Azure reads as true', resource: { properties: {} }, change, undo, impact },
    {
      name: 'null, which Azure reads as true',
      resource: { properties: { allowSharedKeyAccess: null } },
      change,
      undo,
      impact,
    },
    {
      name: 'other settings are kept',
      resource: {
        tags: { owner: 'research' },
        properties: {
          allowSharedKeyAccess: true,
          allowSharedKeyAccessForServices: { blob: { enabled: false } },
          keyPolicy: { keyExpirationPeriodInDays: 90 },
        },
      },
      change,
      impact,
    },
  ],
  unknown: [
    {
      name: 'an incomplete body without the property',
      resource: { properties: {} },
      path: 'properties.allowSharedKeyAccess',
    },
  ],
  malformed: [
    { name: 'no properties', resource: {} },
    { name: 'a number for a boolean', resource: { properties: { allowSharedKeyAccess: 0 } } },
  ],
});
