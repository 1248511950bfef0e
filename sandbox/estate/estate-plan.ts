/** What is changed in a recorded body, so that the account starts in sync with every control. */
export const hardened = {
  allowBlobPublicAccess: false,
  allowSharedKeyAccess: false,
  minimumTlsVersion: 'TLS1_2',
  publicNetworkAccess: 'Disabled',
  supportsHttpsTrafficOnly: true,
  encryption: { keySource: 'Microsoft.Storage', requireInfrastructureEncryption: true },
} as const;

export interface PlannedAccount {
  readonly name: string;
  readonly group: string;
  /** Name of the recorded body in `fixtures/storage-accounts.json`; what it lacks stays absent. */
  readonly recorded: string;
  /** Members of `properties` that are set over the recorded ones. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Containers with their public access level; `absent` is a body without the property. */
  readonly containers: Readonly<Record<string, 'None' | 'Blob' | 'Container' | 'absent'>>;
}

export interface PlannedSubscription {
  readonly id: string;
  readonly displayName: string;
  readonly accounts: readonly PlannedAccount[];
}

/** The estate of a fictional company that trains models: real shapes, a few of them in order, most of them old. */
export const estatePlan: readonly PlannedSubscription[] = [
  {
    id: '3b0f6c1e-58d4-4a1c-9d2e-7c41a5e0b913',
    displayName: 'Research training',
    accounts: [
      {
        name: 'trainmodels',
        group: 'rg-training',
        recorded: 'private-endpoint',
        set: hardened,
        containers: { models: 'None', checkpoints: 'None' },
      },
      {
        name: 'traincheckpoints',
        group: 'rg-training',
        recorded: 'anonymous-access-allowed',
        containers: { checkpoints: 'None', 'training-logs': 'absent' },
      },
      {
        name: 'experiments2016',
        group: 'rg-experiments',
        recorded: 'https-absent',
        containers: { 'training-logs': 'None' },
      },
      {
        name: 'sweepresults',
        group: 'rg-experiments',
        recorded: 'recent-defaults',
        containers: { models: 'absent', 'training-logs': 'None' },
      },
      {
        name: 'ablationruns',
        group: 'rg-experiments',
        recorded: 'hierarchical-namespace',
        containers: { checkpoints: 'None', 'training-logs': 'None' },
      },
      {
        name: 'gpuscratch',
        group: 'rg-training',
        recorded: 'classic-kind',
        containers: { checkpoints: 'Container' },
      },
    ],
  },
  {
    id: 'a94d2f70-06b7-4e63-8f15-d2b8637c4e0a',
    displayName: 'Model serving',
    accounts: [
      {
        name: 'servingweights',
        group: 'rg-serving',
        recorded: 'private-endpoint',
        set: hardened,
        containers: { models: 'None' },
      },
      {
        name: 'modelregistry',
        group: 'rg-serving',
        recorded: 'infrastructure-encrypted',
        containers: { models: 'None', datasets: 'None' },
      },
      {
        name: 'servingcache',
        group: 'rg-serving',
        recorded: 'premium-block-blobs',
        containers: { models: 'Blob' },
      },
      {
        name: 'inferencelogs',
        group: 'rg-observability',
        recorded: 'shared-key-refused',
        containers: { 'training-logs': 'None' },
      },
      {
        name: 'evalresults',
        group: 'rg-observability',
        recorded: 'public-network-disabled',
        containers: { models: 'None' },
      },
    ],
  },
  {
    id: 'f1c7e35b-92aa-4d08-b6e4-05d93a8f7c26',
    displayName: 'Data platform',
    accounts: [
      {
        name: 'datasetsraw',
        group: 'rg-datasets',
        recorded: 'recent-defaults',
        containers: { datasets: 'Blob', 'training-logs': 'None' },
      },
      {
        name: 'datasetslabeled',
        group: 'rg-datasets',
        recorded: 'http-allowed',
        containers: { datasets: 'None' },
      },
      {
        name: 'datasetspublic',
        group: 'rg-datasets',
        recorded: 'anonymous-access-absent',
        containers: { datasets: 'Container' },
      },
      {
        name: 'annotationfiles',
        group: 'rg-labeling',
        recorded: 'premium-files',
        containers: {},
      },
      {
        name: 'featurestore',
        group: 'rg-labeling',
        recorded: 'firewall-with-rules',
        containers: { datasets: 'None', models: 'None' },
      },
    ],
  },
];
