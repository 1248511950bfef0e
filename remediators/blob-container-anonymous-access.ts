import { z } from 'zod';
import { defineRemediator } from '../shared/contract/remediator.ts';
import { readView } from '../shared/contract/property.ts';
import { changeProperties } from './property/change-properties.ts';
import { judgeProperty } from './property/judge-property.ts';

const BlobContainer = z.object({
  properties: z.object({ publicAccess: z.string().nullish() }),
});

const StorageAccount = z.object({
  properties: z.object({ allowBlobPublicAccess: z.boolean().nullish() }),
});

const path = 'properties.publicAccess';
const impact =
  'Anonymous readers of this container are refused; whoever signs in or holds a SAS is not. The web endpoint of a static website stays public.';

export const blobContainerAnonymousAccess = defineRemediator({
  meta: {
    id: 'blob-container-anonymous-access',
    title: 'Blob container refuses anonymous access',
    drift: {
      seen: {
        Blob: 'allows anonymous access to its blobs',
        Container: 'allows anonymous access to its blobs and their list',
      },
      absent: 'does not say that it refuses anonymous access',
      otherwise: 'does not refuse anonymous access: its level is {value}',
      latent: ', which its account still refuses',
    },
    observes: 'storage-account',
    part: 'blob-container',
    severity: 'critical',
    defaultMode: 'auto',
    writes: [path],
    permissions: {
      observe: [
        'Microsoft.Storage/storageAccounts/blobServices/containers/read',
        'Microsoft.Storage/storageAccounts/read',
      ],
      remediate: ['Microsoft.Storage/storageAccounts/blobServices/containers/write'],
    },
    rationale:
      'Whoever knows or guesses an address reads the blobs of the container without signing in, and at level Container lists them too.',
    impact,
    reversible: true,
    dataPlane: true,
    references: {
      mcsb: 'NS-2',
      docs: ['https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-configure'],
    },
  },

  detect: (observation) => {
    readView(BlobContainer, observation.resource);
    // Azure leaves the property out, or returns None, for a private container.
    const finding = judgeProperty(observation, { path, good: 'None', isGoodWhenAbsent: true });
    if (finding.kind !== 'drifted') {
      return finding;
    }
    if (observation.root === undefined) {
      return { kind: 'needs-root' };
    }
    const { properties } = readView(StorageAccount, observation.root);
    // A closed account overrides its containers, but opening the account opens all of them at once.
    return properties.allowBlobPublicAccess === false
      ? { ...finding, severity: 'low', exposure: 'latent' }
      : { ...finding, exposure: 'real' };
  },

  plan: (observation, drift) =>
    changeProperties('blob-container-update', observation, drift, {
      impact,
      undoNote: 'Azure refuses to undo while the account refuses anonymous access',
    }),
});
