import { z } from 'zod';
import { defineRemediator } from '../shared/contract/remediator.ts';
import { readView } from '../shared/contract/property.ts';
import { type Json } from '../shared/contract/json.ts';
import { changeProperties } from './property/change-properties.ts';
import { judgeProperty } from './property/judge-property.ts';

const StorageAccount = z.object({
  properties: z.object({ minimumTlsVersion: z.string().nullish() }),
});

const path = 'properties.minimumTlsVersion';
const impact = 'Clients that speak only TLS 1.0 or 1.1, such as old .NET, Java and devices, cannot connect.';

export const storageAccountMinTls = defineRemediator({
  meta: {
    id: 'storage-account-min-tls',
    title: 'Storage account refuses TLS older than 1.2',
    drift: {
      seen: { TLS1_0: 'accepts TLS 1.0', TLS1_1: 'accepts TLS 1.1' },
      absent: 'accepts TLS 1.0: no minimum is set',
      otherwise: 'does not refuse TLS older than 1.2: its minimum is {value}',
    },
    observes: 'storage-account',
    part: 'storage-account',
    severity: 'medium',
    defaultMode: 'auto',
    writes: [path],
    permissions: {
      observe: ['Microsoft.Storage/storageAccounts/read'],
      remediate: ['Microsoft.Storage/storageAccounts/write'],
    },
    rationale:
      'TLS 1.0 and 1.1 have known weaknesses through which traffic can be read or altered on its way.',
    impact,
    reversible: true,
    references: {
      policy: 'fe83a0eb-a853-422d-aac2-1bffd182c5d0',
      mcsb: 'DP-3 (v2 preview)',
      cis: 'v3.0.0 4.15',
      docs: [
        'https://learn.microsoft.com/azure/storage/common/transport-layer-security-configure-minimum-version',
      ],
    },
  },

  detect: (observation) => {
    readView(StorageAccount, observation.resource);
    return judgeProperty(observation, { path, good: 'TLS1_2', isGood: isAtLeastTls12 });
  },

  plan: (observation, drift) =>
    changeProperties('storage-account-update', observation, drift, {
      impact,
      whenAbsent: {
        value: 'TLS1_0',
        note: 'The property was absent, which Azure reads as TLS 1.0: undo writes TLS1_0',
      },
    }),
});

/** Compares by number, so that a later TLS version is never lowered. The built-in policy tests for equality. */
function isAtLeastTls12(value: Json): boolean {
  const match = typeof value === 'string' ? /^TLS(\d{1,2})_(\d{1,2})$/.exec(value) : null;
  const [major, minor] = [Number(match?.[1]), Number(match?.[2])];
  return major > 1 || (major === 1 && minor >= 2);
}
