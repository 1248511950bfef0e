import { z } from 'zod';
import { defineRemediator } from '../shared/contract/remediator.ts';
import { readView } from '../shared/contract/property.ts';
import { changeProperties } from './property/change-properties.ts';
import { judgeProperty } from './property/judge-property.ts';

const StorageAccount = z.object({
  kind: z.string().nullish(),
  properties: z.object({ allowBlobPublicAccess: z.boolean().nullish() }),
});

const path = 'properties.allowBlobPublicAccess';
const impact =
  'Anonymous reads of every container fail, and clients that wait for a 401 challenge get 403 instead.';

export const storageAccountBlobAnonymousAccess = defineRemediator({
  meta: {
    id: 'storage-account-blob-anonymous-access',
    title: 'Storage account refuses anonymous blob access',
    drift: {
      seen: { true: 'allows anonymous access to blobs' },
      absent: 'allows anonymous access to blobs: nothing is set that refuses it',
      otherwise: 'does not refuse anonymous access to blobs: the setting is {value}',
    },
    observes: 'storage-account',
    part: 'storage-account',
    severity: 'high',
    defaultMode: 'auto',
    writes: [path],
    permissions: {
      observe: ['Microsoft.Storage/storageAccounts/read'],
      remediate: ['Microsoft.Storage/storageAccounts/write'],
    },
    rationale:
      'While the account allows it, one setting on any container lets the whole Internet read model weights and data without signing in.',
    impact,
    reversible: true,
    references: {
      policy: '4fa4b6c0-31ca-4c0d-b10d-24b96f62a751',
      mcsb: 'NS-2',
      cis: 'v3.0.0 4.17',
      docs: ['https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-prevent'],
    },
  },

  detect: (observation) => {
    const { kind } = readView(StorageAccount, observation.resource);
    // Accounts made before Azure set the property themselves answer without it and allow anonymous access.
    const finding = judgeProperty(observation, { path, good: false });
    // An account for file shares has no blob service, so nothing is exposed. The built-in policy counts it all the
    // same, and closing it can cut nobody off.
    return finding.kind === 'drifted' && kind === 'FileStorage'
      ? { ...finding, severity: 'low', exposure: 'latent' }
      : finding;
  },

  plan: (observation, drift) =>
    changeProperties('storage-account-update', observation, drift, {
      impact,
      whenAbsent: {
        value: true,
        note: 'The property was absent, which allows anonymous access: undo writes true',
      },
    }),
});
