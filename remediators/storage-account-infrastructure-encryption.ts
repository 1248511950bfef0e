import { z } from 'zod';
import { defineRemediator, propertyAt, readView } from '../shared/engine/remediator.ts';
import { judgeProperty } from './storage-account/judge-property.ts';

const StorageAccount = z.object({
  kind: z.string().nullish(),
  location: z.string().nullish(),
  sku: z.object({ name: z.string() }).nullish(),
  properties: z.object({
    encryption: z.object({ requireInfrastructureEncryption: z.boolean().nullish() }).nullish(),
    isHnsEnabled: z.boolean().nullish(),
  }),
});

const path = 'properties.encryption.requireInfrastructureEncryption';

/** Kinds that Azure refuses the second layer; a kind that we do not know is judged. */
const kindsWithout: readonly unknown[] = ['Storage', 'BlobStorage', 'FileStorage'];

export const storageAccountInfrastructureEncryption = defineRemediator({
  meta: {
    id: 'storage-account-infrastructure-encryption',
    title: 'Storage account encrypts data twice',
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
      ? { kind: 'not-applicable', reason: 'Azure offers it for StorageV2 and BlockBlobStorage accounts only' }
      : finding;
  },

  plan: ({ resource }) => ({
    kind: 'not-offered',
    reason: 'Azure fixes the setting when an account is created',
    guidance: migrationPlan(resource.id, resource.name, readView(StorageAccount, resource)),
  }),
});

type Account = z.infer<typeof StorageAccount>;

/** The way to a new account of the same kind and place, for a person to follow. */
function migrationPlan(id: string, name: string, account: Account): string {
  const group = /\/resourcegroups\/([^/]+)/i.exec(id)?.[1] ?? '<resource group>';
  const kind = account.kind ?? 'StorageV2';
  const location = account.location ?? '<location>';
  const sku = account.sku?.name ?? '<sku>';
  const create = [
    `az storage account create --name <new name> --resource-group "${group}" --location "${location}"`,
    `--kind ${kind} --sku ${sku} --require-infrastructure-encryption true`,
    '--https-only true --min-tls-version TLS1_2 --allow-blob-public-access false',
    ...(account.properties.isHnsEnabled === true ? ['--enable-hierarchical-namespace true'] : []),
  ].join(' ');
  return [
    `1. Create a new account beside "${name}" (${kind}, ${sku}, ${location}): ${create}`,
    `2. Give it the network rules, private endpoints, role assignments, diagnostic settings, lifecycle and retention policies and tags of "${name}".`,
    `3. Copy the containers with AzCopy while clients keep writing: azcopy copy "https://${name}.blob.core.windows.net" "https://<new name>.blob.core.windows.net" --recursive. Copy file shares, queues and tables too where they are used.`,
    `4. Cut over in a quiet hour: stop the writers, copy once more with --overwrite=ifSourceNewer, compare counts and sizes, point clients to <new name>, start them.`,
    `5. Keep "${name}" read-only for as long as going back must be possible, and watch its metrics until no client reads it.`,
    `6. Delete "${name}". Its name may stay taken for a while, so do not plan to use it again.`,
    `If "${name}" must stay, an encryption scope with infrastructure encryption protects blobs written from then on.`,
  ].join('\n');
}
