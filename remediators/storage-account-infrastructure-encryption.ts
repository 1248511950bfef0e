import { z } from 'zod';
import { defineRemediator } from '../shared/contract/remediator.ts';
import { propertyAt, readView } from '../shared/contract/property.ts';
import { judgeProperty } from './property/judge-property.ts';
import { migrationPlan } from './storage-account/migration-plan.ts';

const StorageAccount = z.object({
  kind: z.string().nullish(),
  properties: z.object({
    encryption: z.object({ requireInfrastructureEncryption: z.boolean().nullish() }).nullish(),
  }),
});

const path = 'properties.encryption.requireInfrastructureEncryption';

/**
 * Kinds for which Azure refuses the second layer. An unknown kind is judged. Premium file shares (FileStorage) take
 * the second layer; Azure's documentation does not say so, but the Terraform provider creates such accounts in its
 * acceptance test.
 * https://learn.microsoft.com/azure/storage/common/infrastructure-encryption-enable
 * https://github.com/hashicorp/terraform-provider-azurerm/pull/20028
 */
const kindsWithout: readonly unknown[] = ['Storage', 'BlobStorage'];

export const storageAccountInfrastructureEncryption = defineRemediator({
  meta: {
    id: 'storage-account-infrastructure-encryption',
    title: 'Storage account encrypts data twice',
    drift: 'encrypts data only once',
    observes: 'storage-account',
    part: 'storage-account',
    severity: 'low',
    defaultMode: 'observe',
    writes: [],
    permissions: { observe: ['Microsoft.Storage/storageAccounts/read'], remediate: [] },
    rationale:
      'A second layer of encryption, with another key and another algorithm, keeps data at rest unreadable if the first is broken.',
    impact: 'Azure fixes the setting when an account is created, so the data has to move to a new account.',
    reversible: false,
    references: {
      policy: '4733ea7b-a883-42fe-8cac-97454c2a9e4a',
      mcsb: 'DP-4 (v2 preview)',
      cis: 'v3.0.0 4.2',
      docs: ['https://learn.microsoft.com/azure/storage/common/infrastructure-encryption-enable'],
    },
  },

  detect: (observation) => {
    readView(StorageAccount, observation.resource);
    const finding = judgeProperty(observation, { path, good: true });
    if (finding.kind !== 'drifted') {
      return finding;
    }
    const kind = propertyAt(observation.resource, 'kind', observation.isComplete);
    if (kind.kind === 'unknown') {
      return { kind: 'unknown', path: 'kind' };
    }
    return kind.kind === 'value' && kindsWithout.includes(kind.value)
      ? {
          kind: 'not-applicable',
          reason: 'Azure offers it for StorageV2, BlockBlobStorage and FileStorage accounts only',
        }
      : finding;
  },

  plan: ({ resource }) => ({
    kind: 'not-offered',
    reason: 'Azure fixes the setting when an account is created',
    guidance: migrationPlan(resource),
  }),
});
