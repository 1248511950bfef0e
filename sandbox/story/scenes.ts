import type { Stage, Scene } from './scene.ts';

const blobAccess = 'storage-account-blob-anonymous-access';
const containerAccess = 'blob-container-anonymous-access';
const httpsOnly = 'storage-account-https-only';
const minTls = 'storage-account-min-tls';
const publicNetwork = 'storage-account-public-network-access';
const sharedKey = 'storage-account-shared-key-access';
const encryption = 'storage-account-infrastructure-encryption';

const containerIn = (name: string) => `/blobServices/default/containers/${name}`;
const closedAccount = { in: '', property: 'allowBlobPublicAccess', is: false } as const;

type AccountChange = Parameters<Stage['client']['storageAccounts']['update']>[2];

/** A person changes the account of the scene. */
const update =
  (change: AccountChange) =>
  ({ client, place }: Stage) =>
    client.storageAccounts.update(place.group, place.name, change);

const openAccount = update({ allowBlobPublicAccess: true });

/** The story: a morning of an estate, in the order in which it is played. */
export const scenes: readonly Scene[] = [
  {
    title: 'Account opened',
    point: 'Its container "datasets" is public: opening the account lays the data open to everybody.',
    who: 'a contractor',
    account: 'datasetsraw',
    act: openAccount,
    expects: { closed: [blobAccess], inAzure: [closedAccount] },
  },
  {
    title: 'Container opened',
    point: 'The account has stood open for years and is not ours to close; this container is.',
    who: 'a data scientist',
    account: 'traincheckpoints',
    act: ({ client, place }) =>
      client.blobContainers.update(place.group, place.name, 'checkpoints', { publicAccess: 'Container' }),
    expects: {
      closed: [containerAccess],
      inAzure: [
        { in: containerIn('checkpoints'), property: 'publicAccess', is: 'None' },
        { in: '', property: 'allowBlobPublicAccess', is: true },
      ],
    },
  },
  {
    title: 'Account created open',
    point: 'An old template: anonymous access and TLS 1.0 from the first minute.',
    who: 'deploy-pipeline',
    account: 'finetunemodels',
    act: ({ client, place }) =>
      client.storageAccounts.create(place.group, place.name, {
        location: 'westeurope',
        kind: 'StorageV2',
        sku: { name: 'Standard_LRS' },
        allowBlobPublicAccess: true,
        minimumTlsVersion: 'TLS1_0',
      }),
    expects: {
      closed: [blobAccess, minTls],
      awaiting: [sharedKey],
      held: [publicNetwork, encryption],
      inAzure: [closedAccount, { in: '', property: 'minimumTlsVersion', is: 'TLS1_2' }],
    },
  },
  {
    title: 'Three drifts, one account',
    point: 'Three controls are hurt at once; one write takes them all back.',
    who: 'a support engineer',
    account: 'modelregistry',
    act: update({
      allowBlobPublicAccess: true,
      enableHttpsTrafficOnly: false,
      minimumTlsVersion: 'TLS1_0',
    }),
    expects: {
      closed: [blobAccess, httpsOnly, minTls],
      inAzure: [
        closedAccount,
        { in: '', property: 'supportsHttpsTrafficOnly', is: true },
        { in: '', property: 'minimumTlsVersion', is: 'TLS1_2' },
      ],
    },
  },
  {
    title: 'Same event three times',
    point: 'Event Grid delivers at least once; today it delivers every event three times.',
    who: 'an ML engineer',
    account: 'evalresults',
    act: (stage) => {
      stage.deliver(3);
      return openAccount(stage);
    },
    expects: { closed: [blobAccess], inAzure: [closedAccount] },
  },
  {
    title: 'Write that opens nothing',
    point: 'The account is in sync and stays so: it is looked at, and that is all.',
    who: 'deploy-pipeline',
    account: 'trainmodels',
    act: update({ tags: { release: 'nightly' } }),
    expects: { isLeftAlone: true, inAzure: [closedAccount] },
  },
  {
    title: 'Azure throttles',
    point: 'Azure answers 429 to the first two calls of Leakstop and asks it to wait a second.',
    who: 'a contractor',
    account: 'featurestore',
    act: (stage) => {
      stage.whenWritten(() =>
        stage.cloud.faults.add({
          target: 'arm',
          effect: { kind: 'status', status: 429, code: 'TooManyRequests', retryAfterInSeconds: 1 },
          urlPattern: `/${stage.place.name}\\?`,
          times: 2,
        }),
      );
      return update({ minimumTlsVersion: 'TLS1_0' })(stage);
    },
    expects: {
      closed: [minTls],
      inAzure: [{ in: '', property: 'minimumTlsVersion', is: 'TLS1_2' }],
    },
  },
  {
    title: 'Answer to a write lost',
    point: 'The connection breaks after the change took effect: was it made or not?',
    who: 'a data scientist',
    account: 'ablationruns',
    act: (stage) => {
      stage.whenWritten(() =>
        stage.cloud.faults.add({
          target: 'arm',
          effect: { kind: 'reset-after' },
          methods: ['PATCH'],
          urlPattern: `/${stage.place.name}\\?`,
          times: 1,
        }),
      );
      return openAccount(stage);
    },
    expects: { closed: [blobAccess], inAzure: [closedAccount] },
  },
  {
    title: 'Change that needs approval',
    point: 'Closing the public network may cut somebody off, so a person is asked first.',
    who: 'an ML engineer',
    account: 'servingweights',
    act: update({ publicNetworkAccess: 'Enabled' }),
    expects: {
      awaiting: [publicNetwork],
      isTold: true,
      inAzure: [{ in: '', property: 'publicNetworkAccess', is: 'Enabled' }],
    },
  },
  {
    title: 'Old drift left to people',
    point: 'It stood open before the baseline: known, held, and not touched without a decision.',
    who: 'a support engineer',
    account: 'gpuscratch',
    act: update({ tags: { owner: 'research' } }),
    expects: {
      isLeftAlone: true,
      inAzure: [
        { in: '', property: 'allowBlobPublicAccess', is: true },
        { in: containerIn('checkpoints'), property: 'publicAccess', is: 'Container' },
      ],
    },
  },
];
