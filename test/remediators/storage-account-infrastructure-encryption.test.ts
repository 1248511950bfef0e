import { storageAccountInfrastructureEncryption } from '../../remediators/storage-account-infrastructure-encryption.ts';
import { describeRemediator } from '../support/describe-remediator.ts';

const path = 'properties.encryption.requireInfrastructureEncryption';
const reason = 'Azure fixes the setting when an account is created';
const encryption = { keySource: 'Microsoft.Storage', requireInfrastructureEncryption: true };

describeRemediator(storageAccountInfrastructureEncryption, {
  inSync: [{ name: 'data is encrypted twice', resource: { kind: 'StorageV2', properties: { encryption } } }],
  drifted: [
    {
      name: 'data is encrypted once',
      resource: {
        kind: 'StorageV2',
        location: 'westeurope',
        sku: { name: 'Standard_GRS' },
        properties: {
          encryption: { ...encryption, requireInfrastructureEncryption: false },
          isHnsEnabled: false,
          primaryEndpoints: { blob: 'https://weights.blob.core.windows.net/' },
        },
      },
      differences: [path],
      notOffered: {
        reason,
        guidance: [
          '1. Create a new account beside "weights" (StorageV2, Standard_GRS, westeurope): az storage account create --name <new name> --resource-group "models" --location "westeurope" --kind StorageV2 --sku Standard_GRS --require-infrastructure-encryption true --https-only true --min-tls-version TLS1_2 --allow-blob-public-access false --allow-shared-key-access false --public-network-access Disabled',
          '2. Give it the private endpoints, network rules, role assignments, diagnostic settings, lifecycle and retention policies, access tier and tags of "weights". It refuses shared keys and public networks from the start: clients sign in, and come through the private endpoints.',
          '3. Copy the containers with AzCopy while clients keep writing: azcopy copy "https://weights.blob.core.windows.net" "https://<new name>.blob.core.windows.net" --recursive. Copy file shares, queues and tables too where they are used.',
          '4. Cut over in a quiet hour: stop the writers, copy once more with --overwrite=ifSourceNewer, compare counts and sizes, point clients to <new name>, start them.',
          '5. Keep "weights" read-only for as long as going back must be possible, and watch its metrics until no client reads it.',
          '6. Delete "weights". Its name may stay taken for a while, so do not plan to use it again.',
          'If "weights" must stay, an encryption scope with infrastructure encryption protects blobs written from then on.',
        ].join('\n'),
      },
    },
    {
      name: 'the property is absent, and the new account needs a hierarchical namespace too',
      resource: { kind: 'BlockBlobStorage', properties: { encryption: {}, isHnsEnabled: true } },
      differences: [path],
      notOffered: { reason, guidance: [/--kind BlockBlobStorage/, /--enable-hierarchical-namespace true/] },
    },
    {
      name: 'file shares, which are copied one by one',
      resource: {
        kind: 'FileStorage',
        location: 'westeurope',
        sku: { name: 'Premium_ZRS' },
        properties: {
          encryption: { keySource: 'Microsoft.Storage', services: { file: { keyType: 'Account' } } },
          primaryEndpoints: { file: 'https://weights.file.core.windows.net/' },
        },
      },
      differences: [path],
      notOffered: {
        reason,
        guidance: [
          /--kind FileStorage --sku Premium_ZRS/,
          /"https:\/\/weights\.file\.core\.windows\.net\/<share>" "https:\/\/<new name>\.file\.core\.windows\.net\/<share>"/,
          /^(?![\s\S]*encryption scope)/,
        ],
      },
    },
    {
      name: 'no word of encryption',
      resource: { kind: 'StorageV2', properties: {} },
      differences: [path],
      notOffered: { reason, guidance: [/<location>/, /<sku>/] },
    },
    {
      name: 'an old answer without a kind',
      resource: { properties: {} },
      differences: [path],
      notOffered: { reason, guidance: [/--kind StorageV2/] },
    },
  ],
  unknown: [
    {
      name: 'an incomplete body without the property',
      resource: { kind: 'StorageV2', properties: {} },
      path,
    },
    {
      name: 'an incomplete body without a kind',
      resource: { properties: { encryption: { requireInfrastructureEncryption: false } } },
      path: 'kind',
    },
  ],
  notApplicable: [
    {
      name: 'general purpose v1',
      resource: { kind: 'Storage', properties: {} },
      reason: /StorageV2, BlockBlobStorage and FileStorage/,
    },
    { name: 'blobs only', resource: { kind: 'BlobStorage', properties: {} }, reason: /BlockBlobStorage/ },
  ],
  malformed: [
    { name: 'no properties', resource: { kind: 'StorageV2' } },
    {
      name: 'a number for a boolean',
      resource: { kind: 'StorageV2', properties: { encryption: { requireInfrastructureEncryption: 1 } } },
    },
    {
      name: 'encryption that is no object',
      resource: { kind: 'StorageV2', properties: { encryption: true } },
    },
  ],
});
