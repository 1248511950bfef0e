import { z } from 'zod';
import { defineRemediator } from '../shared/contract/remediator.ts';
import { type Observation } from '../shared/contract/observation.ts';
import { type Plan } from '../shared/contract/change.ts';
import { propertyAt, readView } from '../shared/contract/property.ts';
import { changeProperties } from './property/change-properties.ts';
import { judgeProperty } from './property/judge-property.ts';

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
    drift: {
      seen: { false: 'accepts plain HTTP' },
      absent: 'does not say that it refuses plain HTTP',
      otherwise: 'does not refuse plain HTTP: the setting is {value}',
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
    // Azure returns the property in every api-version since 2019-04-01, which made true its default. An older answer
    // lacks the property and tells no default. The built-in policy counts a missing property as drift too.
    return judgeProperty({ ...observation, isComplete: false }, { path, good: true });
  },

  plan: (observation, drift) =>
    withoutChange(observation) ?? changeProperties('storage-account-update', observation, drift, { impact }),
});

/** Guidance for a person where turning the setting on may cut off NFS clients: the account alone does not tell. */
function withoutChange({ resource, isComplete }: Observation): Plan | undefined {
  if (readView(StorageAccount, resource).kind === 'FileStorage') {
    return {
      kind: 'not-offered',
      reason: 'The account may serve NFS 4.1 shares, which the account itself does not tell',
      guidance:
        'Look at the protocol of each file share. If none is NFS, turn on "Secure transfer required" on the account. If one is, move its clients to encryption in transit first.',
    };
  }
  const nfs = propertyAt(resource, nfsPath, isComplete);
  if (nfs.kind === 'absent' || (nfs.kind === 'value' && nfs.value === false)) {
    return undefined;
  }
  // Azure documents that the setting does not apply to NFS 3.0 over TCP. Nobody has shown that mounts survive the
  // turn.
  // https://learn.microsoft.com/azure/storage/common/storage-require-secure-transfer
  return {
    kind: 'not-offered',
    reason:
      nfs.kind === 'unknown'
        ? 'The account may serve NFS 3.0, which this source does not tell'
        : 'The account serves NFS 3.0, whose clients do not use TLS',
    guidance: [
      '1. NFS 3.0 needs plain HTTP for nothing, and the blobs of the account can be read over it all the same: see in its logs (StorageBlobLogs) that no client uses an address with http://.',
      '2. In a quiet hour turn on "Secure transfer required" on the account. Azure documents that it does not apply to NFS 3.0. Try one mount, and turn it off again should it fail.',
      '3. NFS 3.0 itself stays without encryption: keep its clients in networks that are trusted, behind private endpoints.',
    ].join('\n'),
  };
}
