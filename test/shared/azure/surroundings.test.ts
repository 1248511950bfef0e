import { MonitorClient } from '@azure/arm-monitor';
import { ResourceManagementClient } from '@azure/arm-resources';
import { createHttpHeaders } from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { activityLog } from '../../../shared/azure/activity-log.ts';
import { armContextPolicy } from '../../../shared/azure/arm-context.ts';
import type { AzureClients } from '../../../shared/azure/clients.ts';
import { managerTypes } from '../../../shared/azure/surroundings-actions.ts';
import { azureSurroundings } from '../../../shared/azure/surroundings.ts';
import { parseResourceId } from '../../../shared/resource-id.ts';
import { createTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const subscription = '11111111-1111-1111-1111-111111111111';
const scope = `/subscriptions/${subscription}`;
const accountIn = (group: string) =>
  parseResourceId(`${scope}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/weights`);
const workspace = `${scope}/resourceGroups/lab/providers/Microsoft.Databricks/workspaces/lab`;

type Answer = readonly [status: number, body: object];
const fault = (status: number, code: string, message = code): Answer => [
  status,
  { error: { code, message } },
];

/** The real clients, with a transport that answers by path. A path without an answer is not found. */
function azureThatSays(answers: Readonly<Record<string, Answer>>) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const options = {
    retryOptions: { maxRetries: 0 },
    httpClient: {
      sendRequest: (request: { url: string }) => {
        const { pathname, search } = new URL(request.url);
        asked.push(decodeURIComponent(`${pathname}${search}`));
        const [status, body] = answers[pathname] ?? fault(404, 'ResourceNotFound');
        const headers = createHttpHeaders({ 'content-type': 'application/json' });
        return Promise.resolve({ request, status, headers, bodyAsText: JSON.stringify(body) } as never);
      },
    },
  };
  const credential = { getToken: () => Promise.resolve({ token: 'x', expiresOnTimestamp: 9e15 }) };
  const telemetry = createTelemetry(clock, () =>
    Promise.resolve({ send: () => undefined, flush: () => Promise.resolve() }),
  );
  const withContext = <C extends ResourceManagementClient | MonitorClient>(client: C): Promise<C> => {
    client.pipeline.addPolicy(armContextPolicy(clock, telemetry), { phase: 'Sign' });
    return Promise.resolve(client);
  };
  const none = () => Promise.reject(new Error('not asked for'));
  const azure: AzureClients = {
    storage: none,
    storageCredential: none,
    resourceGraph: none,
    resources: (power, id) => {
      expect(power).toBe('observe');
      return withContext(new ResourceManagementClient(credential, id, options));
    },
    monitor: (power, id) => {
      expect(power).toBe('observe');
      return withContext(new MonitorClient(credential, id, options));
    },
  };
  const until = () => new Date(clock.now().getTime() + 60_000);
  return { azure, clock, asked, until };
}

const groupsPath = `${scope}/resourcegroups`;
const groups = (managedBy: Readonly<Record<string, string>>): Answer => [
  200,
  {
    value: ['plain', ...Object.keys(managedBy)].map((name) => ({
      id: `${scope}/resourceGroups/${name}`,
      name,
      location: 'westeurope',
      ...(managedBy[name] === undefined ? {} : { managedBy: managedBy[name] }),
    })),
  },
];

it.each<[string, Answer, string, object]>([
  ['nothing manages its group', [200, {}], 'plain', { kind: 'none' }],
  [
    'the manager exists',
    [200, { id: workspace, properties: { managedResourceGroupId: `${scope}/resourceGroups/lab-managed` } }],
    'Lab-Managed',
    { kind: 'managed', by: workspace },
  ],
  ['the manager does not exist', fault(404, 'ResourceNotFound'), 'lab-managed', { kind: 'none' }],
  ['its subscription does not', fault(404, 'SubscriptionNotFound'), 'lab-managed', { kind: 'unknown' }],
  ['it may not be read', fault(403, 'AuthorizationFailed'), 'lab-managed', { kind: 'unknown' }],
  ['Azure refuses to say', fault(409, 'Odd'), 'lab-managed', { kind: 'unknown', by: workspace }],
  ['its body is odd', [200, { properties: 'none' }], 'lab-managed', { kind: 'unknown', by: workspace }],
])('%s', async (_, answer, group, expected) => {
  const { azure, clock, until } = azureThatSays({
    [groupsPath]: groups({ 'lab-managed': workspace }),
    [workspace]: answer,
  });
  const surroundings = azureSurroundings(azure, clock);
  expect(await surroundings.managerOf(accountIn(group), { until: until() })).toMatchObject(expected);
});

const elsewhere = '/subscriptions/22222222-2222-2222-2222-222222222222';
const backReferences: readonly (readonly [type: string, property: string, isId: boolean])[] = [
  ['Microsoft.Databricks/workspaces', 'managedResourceGroupId', true],
  ['Microsoft.Solutions/applications', 'managedResourceGroupId', true],
  ['Microsoft.ContainerService/managedClusters', 'nodeResourceGroup', false],
  ['Microsoft.Synapse/workspaces', 'managedResourceGroupName', false],
];

it('what each type of manager says that it manages is known', () => {
  expect(backReferences.map(([type]) => type.toLowerCase()).sort()).toEqual(Object.keys(managerTypes).sort());
});

it.each(
  backReferences.flatMap(([type, property, isId]) => {
    const says = (name: string) => ({ [property]: isId ? `${scope}/resourceGroups/${name}` : name });
    const cases: [told: string, above: string, properties: object | undefined, kind: string][] = [
      ['the group', scope, says('Their-Group'), 'managed'],
      ['another group', scope, says('their'), 'none'],
      ['a group without a name', scope, { [property]: '' }, 'unknown'],
      ['no group', scope, { other: 'their-group' }, 'unknown'],
      ['nothing', scope, undefined, 'unknown'],
      // A name is meant in the subscription of the manager; an id names its own.
      ['the group, from another subscription,', elsewhere, says('their-group'), isId ? 'managed' : 'none'],
    ];
    return cases.map(([told, above, properties, kind]) => ({ type, told, above, properties, kind }));
  }),
)('a manager of the type $type that names $told: $kind', async ({ type, above, properties, kind }) => {
  const manager = `${above}/resourceGroups/lab/providers/${type}/lab`;
  const { azure, clock, until } = azureThatSays({
    [groupsPath]: groups({ 'their-group': manager }),
    [manager]: [200, { id: manager, properties }],
  });
  const found = await azureSurroundings(azure, clock).managerOf(accountIn('their-group'), { until: until() });
  expect(found).toMatchObject({ kind, ...(kind === 'none' ? {} : { by: manager }) });
});

it('a manager that is remembered for its own group is not believed of another one that names it', async () => {
  const { azure, clock, until } = azureThatSays({
    [groupsPath]: groups({ own: workspace, leak: workspace }),
    [workspace]: [200, { properties: { managedResourceGroupId: `${scope}/resourceGroups/own` } }],
  });
  const surroundings = azureSurroundings(azure, clock);
  expect(await surroundings.managerOf(accountIn('own'), { until: until() })).toMatchObject({
    kind: 'managed',
  });
  expect(await surroundings.managerOf(accountIn('leak'), { until: until() })).toEqual({ kind: 'none' });
});

it.each([
  'hello',
  `${scope}/resourceGroups/g/providers/Contoso.Odd/things/t`,
  `${scope}/resourceGroups/g/providers/../Microsoft.Databricks/workspaces/w`,
  `${workspace}/..`,
  `${workspace}?x=y`,
])('a manager of which nothing is known, %s, is neither believed nor ignored', async (manager) => {
  const { azure, clock, until } = azureThatSays({ [groupsPath]: groups({ odd: manager }) });
  const found = await azureSurroundings(azure, clock).managerOf(accountIn('odd'), { until: until() });
  expect(found).toMatchObject({ kind: 'unknown', by: manager });
});

it('groups that cannot be listed leave it unknown, by the name of the action; an outage is thrown', async () => {
  const message = "does not have authorization to perform action 'Microsoft.Resources/x/read' over scope";
  for (const [answer, expected] of [
    [fault(403, 'AuthorizationFailed', message), 'unknown'],
    [fault(400, 'Odd'), 'unknown'],
    [[200, { value: [{ name: 1 }] }], 'unknown'],
    [fault(503, 'ServerTimeout'), 'azure-unavailable'],
  ] as const) {
    const { azure, clock, until } = azureThatSays({ [groupsPath]: answer });
    const surroundings = azureSurroundings(azure, clock);
    const found = await surroundings
      .managerOf(accountIn('plain'), { until: until() })
      .then(({ kind }) => kind)
      .catch((error: unknown) => (error as { code: string }).code);
    expect(found).toBe(expected);
  }
});

it('one list serves ten minutes, but for a group that it lacks', async () => {
  const { azure, clock, asked, until } = azureThatSays({ [groupsPath]: groups({}) });
  const surroundings = azureSurroundings(azure, clock);
  await Promise.all([1, 2, 3].map(() => surroundings.managerOf(accountIn('plain'), { until: until() })));
  clock.advance(9 * 60_000);
  await surroundings.managerOf(accountIn('plain'), { until: until() });
  expect(asked).toHaveLength(1);
  await surroundings.managerOf(accountIn('new'), { until: until() });
  await surroundings.managerOf(accountIn('new'), { until: until() });
  expect(asked).toHaveLength(2);
  clock.advance(10 * 60_000);
  await surroundings.managerOf(accountIn('plain'), { until: until() });
  expect(asked).toHaveLength(3);
});

it('what is known to have changed since is asked for anew, once for all who ask since the same moment', async () => {
  const { azure, clock, asked, until } = azureThatSays({ [groupsPath]: groups({}) });
  const surroundings = azureSurroundings(azure, clock);
  await surroundings.managerOf(accountIn('plain'), { until: until() });
  clock.advance(60_000);
  const since = clock.now();
  clock.advance(1_000);
  for (const name of ['plain', 'plain', 'plain']) {
    await surroundings.managerOf(accountIn(name), { until: until(), since });
  }
  expect(asked).toHaveLength(2);
});

const listOf = (type: string) => `${scope}/providers/Microsoft.Authorization/${type}`;
const above = '/providers/Microsoft.Management/managementGroups/all/providers/Microsoft.Authorization';
const grant = (name: string, properties: object) => ({ id: `${above}/roleAssignments/${name}`, properties });

describe('what is assigned on a subscription and above it', () => {
  it('is every assignment of a policy by its id, and when a role was last assigned', async () => {
    const { azure, clock, asked, until } = azureThatSays({
      [listOf('policyAssignments')]: [
        200,
        { value: [{ id: `${above}/policyAssignments/Deny-TLS` }, { id: `${scope}/x` }, {}, null] },
      ],
      [listOf('roleAssignments')]: [
        200,
        {
          value: [
            grant('old', {
              createdOn: '2026-01-01T00:00:00Z',
              updatedOn: '2026-01-03T01:00:00.1234567+01:00',
            }),
            grant('new', { createdOn: '2026-01-02T00:00:00Z' }),
            grant('odd', { createdOn: 'then' }),
            grant('classic', {}),
          ],
        },
      ],
    });
    const surroundings = azureSurroundings(azure, clock);
    const found = await surroundings.assignmentsOf(subscription, { until: until() });
    expect([...(found?.policies ?? [])]).toEqual([
      `${above}/policyAssignments/Deny-TLS`.toLowerCase(),
      `${scope}/x`.toLowerCase(),
    ]);
    expect(found?.lastGranted).toBe('2026-01-03T00:00:00.123Z');
    expect(await surroundings.assignmentsOf(subscription, { until: until() })).toEqual(found);
    expect(asked).toHaveLength(2);
  });

  it('says nothing of policies when they do not fit into one page', async () => {
    const { azure, clock, until } = azureThatSays({
      [listOf('policyAssignments')]: [200, { value: [], nextLink: 'https://somewhere' }],
      [listOf('roleAssignments')]: [200, { value: [] }],
    });
    const found = await azureSurroundings(azure, clock).assignmentsOf(subscription, { until: until() });
    expect(found).toEqual({ policies: undefined, lastGranted: undefined });
  });

  it.each<[string, Answer, string | undefined]>([
    ['may not be read', fault(403, 'AuthorizationFailed'), undefined],
    ['makes no sense', [200, { value: 'none' }], undefined],
    ['is away', fault(503, 'ServerTimeout'), 'azure-unavailable'],
  ])('is unknown if the list %s', async (_, answer, code) => {
    const { azure, clock, until } = azureThatSays({ [listOf('policyAssignments')]: answer });
    const found = azureSurroundings(azure, clock).assignmentsOf(subscription, { until: until() });
    await (code === undefined
      ? expect(found).resolves.toBeUndefined()
      : expect(found).rejects.toMatchObject({ code }));
  });
});

const exemptionsPath = `${scope}/providers/Microsoft.Authorization/policyExemptions`;
const assignment = `${scope}/providers/Microsoft.Authorization/policyAssignments/tls`;
const setAssignment = `${scope}/providers/Microsoft.Authorization/policyAssignments/baseline`;
const set = '/providers/Microsoft.Authorization/policySetDefinitions/baseline';
const definition = (name: string) => `/providers/Microsoft.Authorization/policyDefinitions/${name}`;
const exemption = (on: string, name: string, properties: object) => ({
  id: `${on}/providers/Microsoft.Authorization/policyExemptions/${name}`,
  properties: { exemptionCategory: 'Waiver', expiresOn: '2026-04-01T00:00:00Z', ...properties },
});

it('exemptions: those that cover the resource and have an end ahead, with the definitions behind them', async () => {
  const { azure, clock, until } = azureThatSays({
    [exemptionsPath]: [
      200,
      {
        value: [
          exemption(accountIn('plain').text, 'account', { policyAssignmentId: assignment }),
          exemption(`${scope}/resourceGroups/plain`, 'group', {
            policyAssignmentId: setAssignment,
            policyDefinitionReferenceIds: ['https'],
          }),
          exemption(scope, 'all', { policyAssignmentId: setAssignment }),
          exemption(scope, 'endless', { policyAssignmentId: assignment, expiresOn: undefined }),
          exemption(scope, 'past', { policyAssignmentId: assignment, expiresOn: '2026-02-01T00:00:00Z' }),
          exemption(scope, 'some', { policyAssignmentId: assignment, resourceSelectors: [{ name: 's' }] }),
          exemption(scope, 'lost', { policyAssignmentId: `${assignment}-gone` }),
          exemption(scope, 'deleted', { policyAssignmentId: `${assignment}-deleted` }),
          exemption(`${scope}/resourceGroups/plain2`, 'other', { policyAssignmentId: assignment }),
        ],
      },
    ],
    [`${assignment}-deleted`]: fault(404, 'PolicyAssignmentNotFound'),
    [assignment]: [200, { properties: { policyDefinitionId: definition('TLS') } }],
    [setAssignment]: [200, { properties: { policyDefinitionId: set } }],
    [set]: [
      200,
      {
        properties: {
          policyDefinitions: [
            { policyDefinitionId: definition('tls'), policyDefinitionReferenceId: 'tls' },
            { policyDefinitionId: definition('https'), policyDefinitionReferenceId: 'https' },
          ],
        },
      },
    ],
  });
  const found = await azureSurroundings(azure, clock).exemptionsOf(accountIn('plain'), { until: until() });
  const told = found.map(({ id, definitions }) => [id.split('/').at(-1), definitions]);
  expect(told).toEqual([
    ['account', ['tls']],
    ['group', ['https']],
    ['all', ['tls', 'https']],
    ['lost', []],
    ['deleted', []],
  ]);
});

it('an odd exemption, assignment or member of a set does not count, and takes no other with it', async () => {
  const { azure, clock, until } = azureThatSays({
    [exemptionsPath]: [
      200,
      {
        value: [
          exemption(scope, 'category', { policyAssignmentId: assignment, exemptionCategory: 'Postponed' }),
          exemption(scope, 'unassigned', {}),
          exemption(scope, 'end', { policyAssignmentId: assignment, expiresOn: 'tomorrow' }),
          { properties: {} },
          null,
          exemption(scope, 'odd-assignment', { policyAssignmentId: `${assignment}-odd` }),
          exemption(scope, 'refused-assignment', { policyAssignmentId: `${assignment}-refused` }),
          exemption(scope, 'sound', { policyAssignmentId: assignment }),
          exemption(scope, 'sound-set', { policyAssignmentId: setAssignment }),
        ],
      },
    ],
    [assignment]: [200, { properties: { policyDefinitionId: definition('tls') } }],
    [`${assignment}-odd`]: [200, { properties: {} }],
    [`${assignment}-refused`]: fault(409, 'Odd'),
    [setAssignment]: [200, { properties: { policyDefinitionId: set } }],
    [set]: [
      200,
      { properties: { policyDefinitions: [{}, { policyDefinitionId: definition('https') }, 'odd'] } },
    ],
  });
  const found = await azureSurroundings(azure, clock).exemptionsOf(accountIn('plain'), { until: until() });
  expect(found.map(({ id, definitions }) => [id.split('/').at(-1), definitions])).toEqual([
    ['odd-assignment', []],
    ['refused-assignment', []],
    ['sound', ['tls']],
    ['sound-set', ['https']],
  ]);
});

it.each<[string, Answer, string | undefined]>([
  ['is not a list', [200, { value: 'none' }], undefined],
  ['may not be read', fault(403, 'AuthorizationFailed'), undefined],
  ['is refused', fault(400, 'InvalidApiVersionParameter'), undefined],
  ['is not there', fault(404, 'ResourceNotFound'), undefined],
  ['has to wait', fault(429, 'TooManyRequests'), 'throttled'],
  ['is away', fault(503, 'ServerTimeout'), 'azure-unavailable'],
])(
  'a page of exemptions that %s exempts from nothing; only what passes is thrown',
  async (_, answer, code) => {
    for (const isOfAssignment of [false, code !== undefined]) {
      const page: Answer = [200, { value: [exemption(scope, 'all', { policyAssignmentId: assignment })] }];
      const { azure, clock, until } = azureThatSays({
        [exemptionsPath]: isOfAssignment ? page : answer,
        [assignment]: answer,
      });
      const found = azureSurroundings(azure, clock).exemptionsOf(accountIn('plain'), { until: until() });
      await (code === undefined
        ? expect(found).resolves.toEqual([])
        : expect(found).rejects.toMatchObject({ code }));
    }
  },
);

it('the Activity Log names who wrote with success, each once, newest first', async () => {
  const entry = (minute: number, appid: string, change: object = {}) => ({
    eventTimestamp: `2026-03-01T12:0${minute}:00Z`,
    operationName: { value: 'Microsoft.Storage/storageAccounts/write' },
    status: { value: 'Succeeded' },
    claims: { appid },
    ...change,
  });
  const path = `${scope}/providers/Microsoft.Insights/eventtypes/management/values`;
  const value = [
    entry(1, 'first'),
    entry(2, 'second'),
    entry(3, 'first'),
    entry(4, 'failed', { status: { value: 'Failed' } }),
    entry(5, 'reader', { operationName: { value: 'Microsoft.Storage/storageAccounts/listKeys/action' } }),
    entry(6, '', { claims: null, caller: 'somebody@contoso.com' }),
  ];
  const { azure, asked, until } = azureThatSays({ [path]: [200, { value }] });
  const from = new Date('2026-03-01T12:00:00Z');
  const to = new Date('2026-03-01T13:00:00Z');
  const id = accountIn('plain').text;
  expect(await activityLog(azure).writersOf(id, from, to, until())).toEqual([
    { name: 'somebody@contoso.com' },
    { appId: 'first' },
    { appId: 'second' },
  ]);
  expect(asked[0]).toContain(`resourceUri eq '${id}'`);
  expect(asked[0]).toContain("eventTimestamp ge '2026-03-01T12:00:00.000Z'");
});
