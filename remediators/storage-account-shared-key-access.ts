import { z } from 'zod';
import { defineRemediator } from '../shared/contract/remediator.ts';
import { readView } from '../shared/contract/property.ts';
import { changeProperties } from './property/change-properties.ts';
import { judgeProperty } from './property/judge-property.ts';

const StorageAccount = z.object({
  properties: z.object({ allowSharedKeyAccess: z.boolean().nullish() }),
});

const path = 'properties.allowSharedKeyAccess';
const impact =
  'Account keys and every SAS signed by one (account and service SAS) stop working: connection strings, function apps and Logic Apps on AzureWebJobsStorage, SMB mounts by key, machine learning datastores, Batch, Data Factory linked services.';

export const storageAccountSharedKeyAccess = defineRemediator({
  meta: {
    id: 'storage-account-shared-key-access',
    title: 'Storage account refuses shared keys',
    drift: {
      seen: { true: 'accepts shared keys' },
      absent: 'accepts shared keys: nothing is set that refuses them',
      otherwise: 'does not refuse shared keys: the setting is {value}',
    },
    observes: 'storage-account',
    part: 'storage-account',
    severity: 'medium',
    defaultMode: 'approve',
    writes: [path],
    permissions: {
      observe: ['Microsoft.Storage/storageAccounts/read'],
      remediate: ['Microsoft.Storage/storageAccounts/write'],
    },
    rationale:
      'A key opens everything in the account to whoever holds it, says nothing of who that is, and does not end when a person leaves.',
    impact,
    reversible: true,
    references: {
      policy: '8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54',
      mcsb: 'IM-1',
      cis: 'v5.0.0 9.3.1.3',
      docs: ['https://learn.microsoft.com/azure/storage/common/shared-key-authorization-prevent'],
    },
  },

  detect: (observation) => {
    readView(StorageAccount, observation.resource);
    // Only the account's switch is judged. Azure documents that false refuses keys for all requests, whatever the
    // switches of the single services (allowSharedKeyAccessForServices) say.
    return judgeProperty(observation, { path, good: false });
  },

  plan: (observation, drift) =>
    changeProperties('storage-account-update', observation, drift, {
      impact,
      whenAbsent: {
        value: true,
        note: 'The property was absent, which Azure documents as equal to true: undo writes true',
      },
    }),
});
