import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileFilter, parseFilter } from '../../../sandbox/arm/odata-filter.ts';
import { accountId, groupId, startWorld, subscriptionId } from './world.ts';
import type { World } from './world.ts';

const subscription = `/subscriptions/${subscriptionId}`;
const containers = `${accountId}/blobServices/default/containers`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  const { state, throttle } = world.azure.arm;
  throttle.limits = { ...throttle.limits, isEnabled: false };
  const group = (name: string, tags?: Record<string, string>) =>
    state.load({
      id: `${subscription}/resourceGroups/${name}`,
      name,
      location: 'westeurope',
      ...(tags && { tags }),
    });
  group('models', { owner: 'ada', stage: "it's" });
  group('data', { owner: 'grace', Stage: 'ada' });
  group('bare');
  state.load({ id: accountId, name: 'weights01', location: 'westeurope', properties: {} });
  for (const name of ['runs', 'runs-old', 'models']) {
    state.load({ id: `${containers}/${name}`, name, properties: {} });
  }
  state.load({ id: `${groupId}/providers/Microsoft.Authorization/locks/wide`, name: 'wide', properties: {} });
  state.load({
    id: `${accountId}/providers/Microsoft.Authorization/locks/narrow`,
    name: 'narrow',
    properties: {},
  });
});
afterAll(() => world.azure.stop());

const list = (path: string, options: Record<string, string>, apiVersion = '2021-04-01') =>
  world.call('GET', `${path}?${new URLSearchParams(options).toString()}`, undefined, { apiVersion });
const namesOf = ({ body }: { body: Readonly<Record<string, unknown>> }) =>
  (body.value as { name: string }[] | undefined)?.map(({ name }) => name);

test.each([
  ["tagName eq 'owner'", ['models', 'data']],
  ["tagname eq 'OWNER' and tagvalue eq 'ada'", ['models']],
  ["tagName eq 'owner' and tagValue eq 'grace'", ['data']],
  ["tagName eq 'stage' and tagValue eq 'it''s'", ['models']],
  ["tagName eq 'stage' and tagValue eq 'grace'", []],
  ["(tagName eq 'owner' and tagValue eq 'ada') or tagValue eq 'grace'", ['models', 'data']],
  ["startswith(tagName, 'sta')", ['models', 'data']],
  ["substringof('wne', tagName)", ['models', 'data']],
  ['', ['models', 'data', 'bare']],
])('groups by %j', async (filter, names) => {
  expect(namesOf(await list(`${subscription}/resourceGroups`, { $filter: filter }))).toEqual(names);
});

test.each([
  [containers, "startswith(name, 'runs')", ['runs', 'runs-old'], '2023-05-01'],
  [containers, 'runs', ['runs', 'runs-old'], '2023-05-01'],
  [containers, "name eq 'models'", ['models'], '2023-05-01'],
  [`${groupId}/providers/Microsoft.Authorization/locks`, 'atScope()', ['wide'], '2020-05-01'],
  [`${groupId}/providers/Microsoft.Authorization/locks`, 'not atScope()', ['narrow'], '2020-05-01'],
])('%s by %j', async (path, filter, names, version) => {
  expect(namesOf(await list(path, { $filter: filter }, version))).toEqual(names);
});

const lists: readonly (readonly [path: string, version: string])[] = [
  ['/subscriptions', '2022-12-01'],
  [`${subscription}/resourceGroups`, '2021-04-01'],
  [`${subscription}/providers/Microsoft.Storage/storageAccounts`, '2023-05-01'],
  [`${groupId}/providers/Microsoft.Storage/storageAccounts`, '2023-05-01'],
  [`${accountId}/blobServices`, '2023-05-01'],
  [containers, '2023-05-01'],
  [`${groupId}/providers/Microsoft.Authorization/locks`, '2020-05-01'],
  [`${groupId}/providers/Microsoft.Authorization/policyExemptions`, '2022-07-01-preview'],
  [`${groupId}/providers/Microsoft.EventGrid/systemTopics`, '2022-06-15'],
];

describe.each(lists)('the list %s passes nothing over', (path, version) => {
  test.each([
    ['$filter', "madeUp eq 'x'", 'InvalidFilterInQueryString'],
    ['$filter', "tagName eq 'x", 'InvalidFilterInQueryString'],
    ['$filter', 'madeUp()', 'InvalidFilterInQueryString'],
    ['$orderby', 'name', 'InvalidOrderbyInQueryString'],
    ['$select', 'name', 'InvalidSelectInQueryString'],
    ['$expand', 'everything', 'InvalidExpandInQueryString'],
    ['$top', 'many', 'InvalidTopInQueryString'],
    ['$skiptoken', 'x!', 'InvalidSkiptokenInQueryString'],
  ])('%s=%s', async (option, value, code) => {
    const { status, error } = await list(path, { [option]: value }, version);
    expect([status, error.code]).toEqual([400, code]);
    expect(error.message).toContain(`'${value}' specified in the query string.`);
  });
});

test('one resource passes no option over either', async () => {
  expect((await list(accountId, { $expand: 'geoReplicationStats' }, '2023-05-01')).status).toBe(200);
  expect((await list(accountId, { $expand: 'everything' }, '2023-05-01')).error.code).toBe(
    'InvalidExpandInQueryString',
  );
  expect((await list(groupId, { $expand: 'x' })).error.code).toBe('InvalidExpandInQueryString');
});

const text = fc.string({ unit: 'grapheme' });
const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`;

test('a text is compared as it was written, whatever is in it', () => {
  fc.assert(
    fc.property(text, text, (value, other) => {
      const test = compileFilter<string>(`Name EQ ${quoted(value)}`, { fields: { name: (item) => item } });
      expect(test(value)).toBe(true);
      expect(test(other)).toBe(other.toLowerCase() === value.toLowerCase());
    }),
  );
});

test('and, or and not are those of logic, with brackets or by their rank', () => {
  const fields = { a: (item: string) => item[0], b: (item: string) => item[1], c: (item: string) => item[2] };
  for (const item of ['000', '001', '010', '011', '100', '101', '110', '111']) {
    const [a, b, c] = [0, 1, 2].map((index) => item[index] === '1');
    const holds = (filter: string) =>
      compileFilter(filter.replaceAll(/\b([abc])\b/g, "$1 eq '1'"), { fields })(item);
    expect(holds('a or b and not c')).toBe(a! || (b! && !c!));
    expect(holds('(a or b) and not c')).toBe((a! || b!) && !c!);
    expect(holds('not (a or b) or c')).toBe(!(a! || b!) || c!);
  }
});

test('any text is read or refused, and nothing else happens', () => {
  const words = fc.constantFrom(
    'and',
    'or',
    'not',
    '(',
    ')',
    "'",
    "'x'",
    'eq',
    'name',
    ',',
    ' ',
    '2026-11-30T14:43:45.162685',
  );
  fc.assert(
    fc.property(fc.array(words), (parts) => {
      try {
        parseFilter(parts.join(' '));
      } catch (error) {
        expect((error as Error).constructor.name).toBe('FilterFault');
      }
    }),
  );
});
