import { z } from 'zod';
import { defineRemediator, propertyAt, readView } from '../shared/engine/remediator.ts';
import { changeProperties } from './storage-account/change-properties.ts';
import { judgeProperty } from './storage-account/judge-property.ts';

const StorageAccount = z.object({
  kind: z.string().nullish(),
  properties: z.object({
    supportsHttpsTrafficOnly: z.boolean().nullish(),
    isNfsV3Enabled: z.boolean().nullish(),
  }),
});

const path = 'properties.supportsHttpsTrafficOnly';
const nfsPath = 'properties.isNfsV3Enabled';
const impact =
  'Clients that use http:// addresses are refused, and so are SMB 2.1 and SMB 3 without encryption.';

export const storageAccountHttpsOnly = defineRemediator({
  meta: {
    id: 'storage-account-https-only',
    title: 'Storage account refuses plain HTTP',
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
      'Requests over plain HTTP show data, and the tokens and signatures that open it, to the network.',
    impact,
    reversible: true,
    references: {
      policy: '404c3081-a854-4457-ae30-26a93ef643f9',
      mcsb: 'DP-3',
      cis: 'v3.0.0 4.1',
      docs: ['https://learn.microsoft.com/azure/storage/common/storage-require-secure-transfer'],
    },
  },

  detect: (observation) => {
    readView(StorageAccount, observation.resource);
    // Azure documents true as the default since api-version 2019-04-01, and the built-in policy counts an absent
    // property as drift for older versions only. Bodies of those are not complete, and there absent is unknown.
    const finding = judgeProperty(observation, { path, good: true, isGoodWhenAbsent: true });
    if (finding.kind !== 'drifted') {
      return finding;
    }
    const nfs = propertyAt(observation.resource, nfsPath, observation.isComplete);
    if (nfs.kind === 'unknown') {
      return { kind: 'unknown', path: nfsPath };
    }
    return nfs.kind === 'value' && nfs.value === true
      ? { kind: 'not-applicable', reason: 'The account serves NFS 3.0, whose clients do not use TLS' }
      : finding;
  },

  plan: (observation, drift) =>
    readView(StorageAccount, observation.resource).kind === 'FileStorage'
      ? {
          kind: 'not-offered',
          reason: 'The account may serve NFS 4.1 shares, which the account itself does not tell',
          guidance:
            'Look at the protocol of each file share. If none is NFS, turn on "Secure transfer required" on the account. If one is, move its clients to encryption in transit first.',
        }
      : changeProperties('storage-account-update', observation, drift, { impact }),
});
