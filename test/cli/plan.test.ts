import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { CaseData } from '../../shared/case/case-data.ts';
import type { JsonObject } from '../../shared/contract/json.ts';
import { caseKey } from '../../shared/ledger/format/keys.ts';
import { openLedger } from '../../shared/ledger/open-ledger.ts';
import { defaultPolicy, type Policy } from '../../shared/policy/policy.ts';
import { account, container } from '../support/estate.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryTable } from '../support/memory-table.ts';
import { newFolder, run } from './run.ts';
import { anyEntry } from '../support/sample-payloads.ts';

const subscription = '11111111-1111-4111-8111-111111111111';
const fixtures = join(import.meta.dirname, 'fixtures');
const snapshot = join(fixtures, 'deployment.snapshot.json');
const at = ['--at', '2026-03-01T12:00:00Z'];

function fileOf(content: unknown): string {
  const path = join(newFolder(), 'input.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const open = account(subscription, 'open', { allowBlobPublicAccess: true });
const leaky = container(open.id, 'weights', 'Blob');
const policyOf = (mode: 'off' | 'observe' | 'approve' | 'auto'): Policy => ({
  ...defaultPolicy,
  name: mode,
  modeOf: () => ({ mode, rule: `rule-${mode}` }),
});
const loadPolicy = (path: string) => Promise.resolve(policyOf(path as 'off'));

interface Plan {
  readonly outcomes: readonly {
    readonly control: string;
    readonly does: string;
    readonly reason?: string;
    readonly detail?: string;
  }[];
  readonly unknown: readonly { readonly why: string }[];
}
const planOf = async (...line: string[]): Promise<Plan> =>
  JSON.parse((await run(['plan', ...at, '--json', ...line], { loadPolicy })).out) as Plan;

describe('an inventory', () => {
  test.each<[string, unknown]>([
    ['an array', [open, leaky]],
    ['a page', { value: [leaky, open] }],
    ['one a line', [open, leaky].map((each) => JSON.stringify(each)).join('\n')],
  ])('as %s stood open before', async (_, content) => {
    const { outcomes, unknown } = await planOf('--from', fileOf(content));
    expect(unknown).toEqual([]);
    expect(outcomes.map(({ control, does, detail }) => `${control} ${does} ${detail}`)).toEqual([
      'storage-account-blob-anonymous-access ask unwitnessed',
      'blob-container-anonymous-access ask unwitnessed',
    ]);
  });

  test('of nothing is nothing', async () => {
    expect(await run(['plan', ...at, '--from', fileOf('[]')])).toEqual({
      code: 0,
      out:
        '0 drifts on 0 resources: 0 to change, 0 to ask about, 0 held, 0 ignored, 0 not known.\n' +
        'Policy default, as of 2026-03-01T12:00:00.000Z. Nothing was changed.\n',
      told: '',
    });
  });

  test('comes from standard input too, as PowerShell writes it', async () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(JSON.stringify([open]), 'utf16le')]);
    const { out } = await run(['plan', '--from', '-', '--json', '--witnessed'], {
      stdin: Readable.from([bytes.subarray(0, 301), bytes.subarray(301)]),
    });
    expect(JSON.parse(out)).toMatchObject({ outcomes: [{ does: 'change' }] });
  });

  test('of Resource Graph leaves unknown what it may leave out, and says when it is cut short', async () => {
    const { properties, ...rest } = open;
    const row = { ...rest, tenantId: subscription, subscriptionId: subscription, properties: {} };
    const { told, out } = await run([
      'plan',
      '--json',
      '--from',
      fileOf({ data: [row], skip_token: 'more' }),
    ]);
    expect(properties.allowBlobPublicAccess).toBe(true);
    expect(told).toContain('"skip_token" says that more pages follow');
    const plan = JSON.parse(out) as Plan;
    expect(plan.outcomes).toEqual([]);
    expect(plan.unknown).toHaveLength(6);
  });

  test('of the generic list carries no properties, and nothing of it is in sync', async () => {
    const file = fileOf([{ ...open, properties: null }, leaky]);
    const { code, out } = await run(['plan', '--from', file, '--json', '--fail-on', 'unknown']);
    const plan = JSON.parse(out) as Plan;
    expect(code).toBe(1);
    expect(plan.unknown).toHaveLength(6);
    expect(plan.unknown[0]?.why).toContain('the generic list of resources gives none');
  });
});

test('a predicted deployment is witnessed, and what it has not worked out is not known', async () => {
  const relative = 'test/cli/fixtures/deployment.snapshot.json';
  const { code, out, told } = await run(['plan', ...at, '--from', relative, '--fail-on', 'critical']);
  expect(code).toBe(1);
  expect(told).toBe('');
  await expect(out).toMatchFileSnapshot('fixtures/deployment.plan.txt');
  const standing = await planOf('--from', snapshot, '--standing');
  expect(standing.outcomes.every(({ does }) => does !== 'change')).toBe(true);
});

test('a deployment that does not say where it goes is judged alike, and that is told', async () => {
  const placed = await planOf('--from', snapshot);
  const { told, out } = await run([
    'plan',
    ...at,
    '--json',
    '--from',
    join(fixtures, 'unplaced.snapshot.json'),
  ]);
  expect(told).toContain('give --subscription-id and --resource-group to "bicep snapshot"');
  const gist = ({ outcomes }: Plan) => outcomes.map(({ control, does }) => `${control} ${does}`).sort();
  expect(gist(JSON.parse(out) as Plan)).toEqual(gist(placed));
});

test('SARIF is as its schema says', async () => {
  // Zod takes references for addresses, which are never relative.
  const schema = JSON.parse(
    readFileSync(join(import.meta.dirname, '../fixtures/sarif/sarif-2.1.0-rtm.5.json'), 'utf8').replaceAll(
      '"format": "uri-reference"',
      '"format": "any"',
    ),
  ) as Parameters<typeof z.fromJSONSchema>[0];
  const { out } = await run([
    'plan',
    '--from',
    snapshot,
    fileOf([{ ...open, properties: null }]),
    '--format',
    'sarif',
  ]);
  const log = JSON.parse(out) as {
    runs: { results: { ruleId: string; locations: { physicalLocation: object }[] }[] }[];
  };
  expect(z.fromJSONSchema(schema).safeParse(log).error?.issues).toBeUndefined();
  expect(log.runs[0]?.results).toHaveLength(18);
  expect(log.runs[0]?.results[1]?.locations[0]?.physicalLocation).toEqual({
    artifactLocation: { uri: 'test/cli/fixtures/deployment.snapshot.json', index: 0 },
    region: { startLine: 40 },
  });
});

describe('--fail-on', () => {
  test.each<[string[], number]>([
    [['drift'], 1],
    [['high'], 1],
    [['change'], 0],
    [['ask'], 1],
    [['unknown', 'change'], 0],
    [['change', '--witnessed'], 1],
    [['drift', '--policy', 'off'], 0],
    [['ask', '--policy', 'approve'], 1],
  ])('%j', async (line, expected) => {
    const { code } = await run(['plan', '--from', fileOf([open]), '--fail-on', ...line], { loadPolicy });
    expect(code).toBe(expected);
  });
});

describe('--compare', () => {
  const compare = (old: string, other: string, ...line: string[]) =>
    run(['plan', ...at, '--compare', old, other, '--from', fileOf([open, leaky]), '--witnessed', ...line], {
      loadPolicy,
    });

  test('shows only what the new policy alters', async () => {
    const { code, out } = await compare('auto', 'approve', '--fail-on', 'loosened');
    expect(code).toBe(1);
    await expect(out).toMatchFileSnapshot('fixtures/comparison.txt');
    expect((await compare('approve', 'auto', '--fail-on', 'loosened')).code).toBe(0);
    expect((await compare('approve', 'auto', '--fail-on', 'tightened')).code).toBe(1);
  });

  test('of a policy with itself is empty', async () => {
    const { out } = await compare('auto', 'auto', '--json', '--fail-on', 'loosened', 'tightened');
    expect(JSON.parse(out)).toMatchObject({ altered: [], unaltered: 2 });
  });
});

describe('bad input names the place and the mend', () => {
  const listed = { id: open.id, name: 'open', type: open.type, enableHttpsTrafficOnly: true };
  test.each<[string, unknown, string]>([
    [
      'the flattened list of the Azure CLI',
      [listed],
      'line 1: "enableHttpsTrafficOnly" is a name of "az storage account list"',
    ],
    ['containers of the data plane', '[\n{"name":"c","properties":{"lastModified":"x"}}]', 'line 2: id: '],
    ['an empty file', ' \n', 'it is empty; expected resources as JSON'],
    ['half a file', '[{"id":', 'line 1: the file ends in the middle'],
    ['JSON that is none', '[{"id":}]', 'line 1: expected JSON'],
    ['a number for a list', { resources: 7 }, 'line 1: "resources" is of a template'],
    ['a template', { $schema: 'x', resources: [open] }, '"resources" is of a template, whose expressions'],
    [
      'the answer of what-if',
      { changes: [{ changeType: 'Create', resourceId: open.id, after: open }], status: 'Succeeded' },
      '"changes" is of "az deployment ... what-if", which leaves out what does not change: predict with "bicep snapshot"',
    ],
    [
      'something else',
      { hello: 1 },
      'expected a resource with an "id", or a list of them: [...], {"value": [...]}',
    ],
    ['an id that is none', [{ ...open, id: 'open' }], 'id: expected an id such as "/subscriptions/..."'],
  ])('%s', async (_, content, message) => {
    const { code, told, out } = await run(['plan', '--from', fileOf(content)]);
    expect(told).toContain(message);
    expect([code, out]).toEqual([3, '']);
  });

  test.each<[string[], string]>([
    [['plan'], '--from <file...>'],
    [['plan', '--form', 'x'], '(Did you mean --from?)'],
    [['paln'], '(Did you mean plan?)'],
    [['plan', '--from', 'x', '--compare', 'one'], 'takes two policies'],
    [['plan', '--from', 'x', '--fail-on', 'loosened'], 'is not for a plan'],
    [['plan', '--from', 'x', '--at', 'noon'], 'Expected a day of the calendar'],
    [['cases', '--past-due'], 'say where the service is'],
    [['cases'], 'or read the tables, with --tables'],
    [['scan', '--subscription', 'mine'], 'Expected the id of a subscription'],
  ])('%j', async (line, message) => {
    const { code, told } = await run(line);
    expect(told).toContain(message);
    expect(code).toBe(2);
  });
});

describe('one record among many that cannot be read', () => {
  const others = Array.from({ length: 40 }, (_, index) => account(subscription, `good${index}`));
  const around = (...bad: unknown[]) => fileOf([...others.slice(0, 20), ...bad, open, ...others.slice(20)]);
  const half = { ...open, id: open.id.replace('open', 'half') };

  test.each<[string, unknown[], RegExp]>([
    ['without an id', [{ name: 'x', type: open.type, properties: {} }], /id: it has none/],
    ['with a broken id', [{ ...open, id: `${open.id}/` + 'x' }], /Cannot read the resource id/],
    ['with an id that is a number', [{ ...open, id: 7 }], /id: /],
    [
      'that is flattened',
      [{ id: 'a', name: 'x', type: 'y', enableHttpsTrafficOnly: true }],
      /az storage account list/,
    ],
    ['with properties that are no object', [{ ...half, properties: 7 }], /properties/],
    [
      'with a setting of another shape',
      [{ ...half, properties: { ...half.properties, allowBlobPublicAccess: 'x' } }],
      /allowBlobPublicAccess/,
    ],
    ['that stands twice, and otherwise', [half, { ...half, kind: 'Storage' }], /expected it once/],
  ])('%s is told, fails the run, and ends no other', async (_, bad, why) => {
    for (const format of ['table', 'json', 'sarif']) {
      const { code, told, out } = await run(['plan', '--from', around(...bad), '--format', format]);
      expect(code).toBe(3);
      expect(told).toContain('could not be judged');
      expect(out).toContain('storage-account-blob-anonymous-access');
      expect(out).toMatch(why);
      expect(out).toMatch(
        {
          table: /NOT EVERYTHING WAS LOOKED AT/,
          json: /"complete": false/,
          sarif: /"executionSuccessful": false/,
        }[format]!,
      );
    }
  });

  test('says which of a line it is', async () => {
    const { out } = await run(['plan', '--from', around({ name: 'x' })]);
    expect(out).toContain('item 21');
  });

  test('a resource without name and type is read by its id', async () => {
    const { name, type, ...rest } = half;
    expect([name, type]).toEqual(['open', open.type]);
    const { outcomes, unknown } = await planOf('--from', around(rest));
    expect(unknown).toEqual([]);
    expect(outcomes).toHaveLength(2);
  });

  test('kinds of objects that no control judges are counted, and are no fault', async () => {
    const foreign = [
      { id: '/providers/Microsoft.Management/managementGroups/corp', name: 'corp', type: 'x' },
      { id: `/subscriptions/${subscription}/tagNames/env`, name: 'env', type: 'x' },
      { id: `/subscriptions/${subscription}`, name: 'x', type: 'Microsoft.Resources/subscriptions' },
      {
        id: `/SUBSCRIPTIONS/${subscription}/resourceGroups/rg/providers/New.Thing/things/a`,
        name: 'a',
        type: 'New.Thing/things',
      },
    ];
    const { code, out } = await run(['plan', '--from', around(...foreign)]);
    expect(code).toBe(0);
    expect(out).toContain('on 41 resources, 4 of types that no control judges');
  });
});

test('nothing that is not certain passes for the same in a comparison', async () => {
  const file = fileOf([open, { ...open, kind: 'Storage' }, account(subscription, 'good')]);
  const { code, out } = await run(['plan', ...at, '--compare', 'auto', 'approve', '--from', file, '--json'], {
    loadPolicy,
  });
  expect(code).toBe(3);
  expect(JSON.parse(out)).toMatchObject({ complete: false, unknown: 1 });
});

describe('an export of the ledger', () => {
  const control = 'storage-account-blob-anonymous-access';
  const bodies = { putBody: () => Promise.resolve(), getBody: () => Promise.resolve(undefined) } as never;

  /** An export of a ledger in which these cases are open. */
  async function exportOf(
    ...cases: readonly (Partial<CaseData> & { readonly more?: JsonObject })[]
  ): Promise<string> {
    const memory = new MemoryTable();
    const ledger = openLedger({ table: memory.client(), bodies, clock: new ManualClock() });
    for (const [index, { more = {}, ...change }] of cases.entries()) {
      const data = {
        root: open.id,
        resource: open.id,
        control,
        severity: 'high',
        witnessed: true,
        firstSeenDrifted: '2026-03-01T12:00:00.000Z',
        opener: { grade: 'unknown' },
        differences: [{ path: 'properties.allowBlobPublicAccess', actual: true, desired: false }],
        requestIds: [],
        ...change,
        ...more,
      };
      const key = caseKey(data.root, data.resource, data.control);
      const body = {
        resource: data.resource,
        control: data.control,
        actor: { kind: 'leakstop' },
        payload: {},
      };
      await ledger.append({
        chain: subscription,
        entries: [anyEntry({ kind: 'case-opened', key, caseId: `case-${index}`, body })],
        cases: [{ key, caseId: `case-${index}`, expected: 'absent', data: data as unknown as JsonObject }],
      });
    }
    const file = join(newFolder(), 'export.ndjson');
    const places = ['--tables', 'https://tables.example', '--blobs', 'https://blobs.example'];
    const { code, told } = await run(['ledger', 'export', ...places, '-o', file], {
      openStorage: () => Promise.resolve({ table: memory.client(), bodies }),
    });
    expect({ code, told }).toEqual({ code: 0, told: expect.any(String) as string });
    return file;
  }

  test('counts the resources that its cases are about, and leaves out what the engine keeps itself', async () => {
    const https = { control: 'storage-account-https-only' };
    const other = account(subscription, 'other').id;
    const own = ['automation-verified', 'resource-observable', 'service-identity-accounted-for'];
    const file = await exportOf(
      {},
      https,
      { root: other, resource: other },
      ...own.map((each) => ({ control: each, resource: each, differences: [] })),
    );
    const { code, out } = await run(['plan', ...at, '--from', file]);
    expect(out).toContain('3 drifts on 2 resources');
    expect(out).toContain('0 not known');
    expect(out).not.toContain('automation-verified');
    expect(code).toBe(0);
  });

  test('judges the other cases where one cannot be read, and says so', async () => {
    const file = await exportOf(
      {},
      { control: 'storage-account-https-only', more: { severity: 'apocalyptic' } },
    );
    const { code, out } = await run(['plan', ...at, '--from', file]);
    expect(out).toContain('1 drift on 1 resource');
    expect(out).toMatch(/Cannot read the case "case-1": severity/);
    expect(code).toBe(3);
  });
});

test('what a resource is called cannot reach the terminal', async () => {
  const name = `evil\u001b]0;owned\u0007\u202e`;
  const body = { ...open, id: open.id.replace(/open$/, name), name };
  for (const format of ['table', 'json', 'sarif']) {
    const { out } = await run(['plan', '--from', fileOf([body]), '--format', format], {
      environment: { FORCE_COLOR: '1' },
    });
    expect(out).toContain('evil');
    expect(out).not.toMatch(/\u0007|\u202e|\u001b\]/);
  }
});

test.each<[Record<string, string>, boolean, string[], boolean]>([
  [{}, false, [], false],
  [{}, true, [], true],
  [{ NO_COLOR: '1' }, true, [], false],
  [{ FORCE_COLOR: '1' }, false, [], true],
  [{ TERM: 'dumb' }, true, [], false],
  [{}, true, ['--no-color'], false],
])('colours with %j, terminal %s, %j: %s', async (environment, isTerminal, line, expected) => {
  const { out } = await run(['plan', '--from', fileOf([open]), ...line], {
    environment,
    terminal: { isTerminal },
  });
  expect(out.includes('\u001b[')).toBe(expected);
});
