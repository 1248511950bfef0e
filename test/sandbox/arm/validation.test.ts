import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { accountId, groupId, startWorld, subscriptionId } from './world.ts';
import type { World } from './world.ts';
import { runs } from '../../support/effort.ts';

const other = '/subscriptions/7c3d2e1f-0a9b-4c8d-8e7f-6a5b4c3d2e1f/resourceGroups/models';
const accounts = (group: string) => `${group}/providers/Microsoft.Storage/storageAccounts`;
const container = (name: string) => `${accountId}/blobServices/default/containers/${name}`;
const good = { location: 'westeurope', kind: 'StorageV2', sku: { name: 'Standard_LRS' } };

let world: World;
beforeAll(async () => {
  world = await startWorld({ latency: { creation: 0 } });
  const { throttle } = world.azure.arm;
  throttle.limits = { ...throttle.limits, isEnabled: false };
});
afterAll(() => world.azure.stop());
beforeEach(async () => {
  const { state } = world.azure.arm;
  state.clear();
  state.addSubscription(subscriptionId, 'Research');
  state.addGroup(subscriptionId, 'models');
  state.addGroup(subscriptionId, 'data');
  state.load({ id: other, name: 'models', location: 'westeurope' });
  await create(accountId, good);
});

/** Creates an account and waits until that is done. */
async function create(id: string, request: object): Promise<void> {
  const { status, headers, body } = await world.call('PUT', id, request);
  expect(status, JSON.stringify(body)).toBe(202);
  for (let poll = 0; poll < 500; poll += 1) {
    if ((await world.call('GET', headers.get('location') ?? '')).status !== 202) {
      return;
    }
  }
}

const stateOf = (id: string) => JSON.stringify(world.azure.arm.state.get(id));
const propertiesOf = (id: string) =>
  world.azure.arm.state.get(id)?.properties as Readonly<Record<string, Record<string, unknown>>>;

type Refusal = readonly [
  what: string,
  path: string,
  request: object,
  status: number,
  code: string,
  words: string,
];
const invalid = 'InvalidValuesForRequestParameters';
const refusals: readonly Refusal[] = [
  ['no sku', `${accounts(groupId)}/new01`, { ...good, sku: undefined }, 400, invalid, 'invalid: sku.'],
  ['no kind', `${accounts(groupId)}/new01`, { ...good, kind: undefined }, 400, invalid, 'invalid: kind.'],
  ['a sku without a name', `${accounts(groupId)}/new01`, { ...good, sku: {} }, 400, invalid, 'invalid: sku.'],
  [
    'an unknown sku',
    `${accounts(groupId)}/new01`,
    { ...good, sku: { name: 'Tiny' } },
    400,
    invalid,
    'invalid: sku.',
  ],
  [
    'an unknown kind',
    `${accounts(groupId)}/new01`,
    { ...good, kind: 'StorageV9' },
    400,
    invalid,
    'invalid: kind.',
  ],
  [
    'no place',
    `${accounts(groupId)}/new01`,
    { ...good, location: undefined },
    400,
    'LocationRequired',
    'location property',
  ],
  [
    'a place that is none',
    `${accounts(groupId)}/new01`,
    { ...good, location: 'mars' },
    400,
    'LocationNotAvailableForResourceType',
    "'mars' is not available for resource type 'Microsoft.Storage/storageAccounts'",
  ],
  [
    'another place',
    accountId,
    { ...good, location: 'eastus' },
    409,
    'InvalidResourceLocation',
    "already exists in location 'westeurope' in resource group 'models'",
  ],
  [
    'a group nowhere',
    `${groupId}2`,
    { location: 'nowhere' },
    400,
    'LocationNotAvailableForResourceGroup',
    "'nowhere' is not available for resource group",
  ],
  [
    'a group elsewhere',
    groupId,
    { location: 'eastus' },
    409,
    'InvalidResourceGroupLocation',
    "already exists in location 'westeurope'",
  ],
  [
    'a name of a group with strange signs',
    `/subscriptions/${subscriptionId}/resourceGroups/a~b`,
    { location: 'westeurope' },
    400,
    'InvalidResourceGroup',
    "invalid characters: '~'",
  ],
  [
    'a name with capitals',
    `${accounts(groupId)}/New_01`,
    good,
    400,
    'AccountNameInvalid',
    'New_01 is not a valid storage account name',
  ],
  [
    'a name that another group has',
    `${accounts(`/subscriptions/${subscriptionId}/resourceGroups/data`)}/weights01`,
    good,
    409,
    'StorageAccountAlreadyTaken',
    'named weights01 is already taken',
  ],
  [
    'a name that another subscription has',
    `${accounts(other)}/weights01`,
    good,
    409,
    'StorageAccountAlreadyTaken',
    'named weights01 is already taken',
  ],
  [
    'a container with capitals',
    container('Bad_Container'),
    {},
    400,
    'InvalidResourceName',
    'invalid characters',
  ],
  ['a container with two dashes', container('a--b'), {}, 400, 'InvalidResourceName', 'invalid characters'],
  ['a container with a short name', container('ab'), {}, 400, 'OutOfRangeInput', 'length'],
  [
    'a level that is none',
    container('data'),
    { properties: { publicAccess: 'open' } },
    400,
    invalid,
    'invalid: publicAccess.',
  ],
  ...(
    [
      ['allowBlobPublicAccess', 'perhaps'],
      ['supportsHttpsTrafficOnly', 1],
      ['networkAcls', 'deny'],
      ['networkAcls', { ipRules: [{ value: 7 }] }],
    ] as const
  ).map(([name, value]): Refusal => [
    `${name} ${JSON.stringify(value)}`,
    accountId,
    { ...good, properties: { [name]: value } },
    400,
    'RequestIsNotValidJson',
    'cannot be interpreted as valid Json',
  ]),
  ...(
    [
      ['minimumTlsVersion', 'TLS9', 'minimumTlsVersion'],
      ['publicNetworkAccess', 'Maybe', 'publicNetworkAccess'],
      ['accessTier', 'Lukewarm', 'accessTier'],
      ['networkAcls', { defaultAction: 'Ask' }, 'networkAcls.defaultAction'],
      ['encryption', { keySource: 'Moon' }, 'encryption.keySource'],
    ] as const
  ).map(([name, value, named]): Refusal => [
    `${name} ${JSON.stringify(value)}`,
    accountId,
    { ...good, properties: { [name]: value } },
    400,
    invalid,
    `invalid: ${named}.`,
  ]),
  ...(
    [
      ['FileStorage', 'Standard_LRS'],
      ['BlockBlobStorage', 'Standard_LRS'],
      ['BlobStorage', 'Premium_LRS'],
      ['Storage', 'Standard_GZRS'],
    ] as const
  ).map(([kind, name]): Refusal => [
    `${kind} with ${name}`,
    `${accounts(groupId)}/new01`,
    { ...good, kind, sku: { name } },
    400,
    invalid,
    'invalid: kind, sku.',
  ]),
];

test.each(refusals)(
  '%s is refused, and nothing is kept of it',
  async (_, path, request, status, code, words) => {
    const before = stateOf(accountId);
    const ids = world.azure.arm.state.ids();
    const apiVersion = path.includes('/providers/') ? '2023-05-01' : '2021-04-01';
    const answer = await world.call('PUT', path, request, { apiVersion });
    expect([answer.status, answer.error.code]).toEqual([status, code]);
    expect(answer.error.message).toContain(words);
    expect(world.azure.arm.state.ids()).toEqual(ids);
    expect(stateOf(accountId)).toBe(before);
  },
);

test.each([
  ['a kind that it cannot become', { kind: 'BlobStorage' }, 'kind'],
  ['another tier', { sku: { name: 'Premium_LRS' } }, 'sku'],
])('an account does not take %s', async (_, request, named) => {
  const { status, error } = await world.call('PATCH', accountId, request);
  expect([status, error.message]).toEqual([400, expect.stringContaining(`invalid: ${named}.`)]);
});

test('values and names are known in any case and kept in Azure’s, by PUT and by PATCH', async () => {
  const spell = fc
    .func(fc.boolean())
    .map(
      (isUpper) => (text: string) =>
        text.replaceAll(/[a-z]/gi, (letter, at: number) =>
          isUpper(letter, at) ? letter.toUpperCase() : letter.toLowerCase(),
        ),
    );
  await fc.assert(
    fc.asyncProperty(spell, fc.constantFrom('PUT', 'PATCH'), async (as, method) => {
      const properties = {
        [as('minimumTlsVersion')]: as('TLS1_1'),
        [as('publicNetworkAccess')]: as('Disabled'),
        networkAcls: { [as('defaultAction')]: as('Deny'), bypass: as('Logging, Metrics') },
      };
      const request = { ...good, kind: as('StorageV2'), sku: { name: as('Standard_GRS') }, properties };
      expect((await world.call(method, accountId, request)).status).toBe(200);
      expect(world.azure.arm.state.get(accountId)).toMatchObject({
        kind: 'StorageV2',
        sku: { name: 'Standard_GRS', tier: 'Standard' },
        properties: {
          minimumTlsVersion: 'TLS1_1',
          publicNetworkAccess: 'Disabled',
          networkAcls: { defaultAction: 'Deny', bypass: 'Logging, Metrics' },
        },
      });
    }),
    { numRuns: runs(30) },
  );
});

describe('endpoints follow what the account is', () => {
  const hosts = (endpoints: unknown) => Object.keys(endpoints ?? {});

  test.each([
    ['StorageV2', 'Standard_LRS', ['dfs', 'web', 'blob', 'queue', 'table', 'file'], []],
    [
      'StorageV2',
      'Standard_RAGRS',
      ['dfs', 'web', 'blob', 'queue', 'table', 'file'],
      ['dfs', 'web', 'blob', 'queue', 'table'],
    ],
    ['StorageV2', 'Premium_LRS', ['web', 'blob'], []],
    ['Storage', 'Standard_RAGRS', ['blob', 'queue', 'table', 'file'], ['blob', 'queue', 'table']],
    ['Storage', 'Premium_LRS', ['blob'], []],
    ['BlobStorage', 'Standard_GRS', ['dfs', 'blob', 'table'], []],
    ['BlockBlobStorage', 'Premium_LRS', ['dfs', 'web', 'blob'], []],
    ['FileStorage', 'Premium_LRS', ['file'], []],
  ])('%s %s', async (kind, name, primary, secondary) => {
    const id = `${accounts(groupId)}/new01`;
    await create(id, { ...good, kind, sku: { name } });
    expect(hosts(propertiesOf(id).primaryEndpoints)).toEqual(primary);
    expect(hosts(propertiesOf(id).secondaryEndpoints)).toEqual(secondary);
  });

  test('a copy that can be read comes and goes with the sku', async () => {
    await world.call('PATCH', accountId, { sku: { name: 'Standard_RAGRS' } });
    expect(propertiesOf(accountId)).toMatchObject({
      secondaryLocation: 'northeurope',
      statusOfSecondary: 'available',
      secondaryEndpoints: { blob: 'https://weights01-secondary.blob.core.windows.net/' },
    });
    await world.call('PATCH', accountId, { sku: { name: 'Standard_LRS' } });
    expect(Object.keys(propertiesOf(accountId)).filter((name) => /secondary/i.test(name))).toEqual([]);
  });

  test('an upgrade to StorageV2 adds what that has and moves nothing', async () => {
    const id = `${accounts(groupId)}/old01`;
    await create(id, { ...good, kind: 'Storage' });
    const before = propertiesOf(id).primaryEndpoints;
    await world.call('PATCH', id, { kind: 'StorageV2' });
    expect(propertiesOf(id).primaryEndpoints).toMatchObject({
      ...before,
      dfs: 'https://old01.dfs.core.windows.net/',
    });
  });

  test('published routings have endpoints of their own, hosts that the account has stay', async () => {
    const properties = {
      ...propertiesOf(accountId),
      primaryEndpoints: {
        ...propertiesOf(accountId).primaryEndpoints,
        blob: 'https://weights01.z7.blob.storage.azure.net/',
      },
    };
    world.azure.arm.state.load({ ...world.azure.arm.state.get(accountId), properties });
    const publish = (publishMicrosoftEndpoints: boolean, publishInternetEndpoints: boolean) =>
      world.call('PATCH', accountId, {
        properties: { routingPreference: { publishMicrosoftEndpoints, publishInternetEndpoints } },
      });
    await publish(true, true);
    const { microsoftEndpoints, internetEndpoints, blob } = propertiesOf(accountId).primaryEndpoints ?? {};
    expect(blob).toBe('https://weights01.z7.blob.storage.azure.net/');
    expect(microsoftEndpoints).toMatchObject({
      blob: 'https://weights01-microsoftrouting.z7.blob.storage.azure.net/',
    });
    expect(hosts(internetEndpoints)).toEqual(['blob', 'file', 'dfs', 'web']);
    await publish(false, false);
    expect(hosts(propertiesOf(accountId).primaryEndpoints)).toEqual([
      'dfs',
      'web',
      'blob',
      'queue',
      'table',
      'file',
    ]);
  });
});
