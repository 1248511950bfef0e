import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QueryError } from '../../../sandbox/resource-graph/query-error.ts';
import { runQuery } from '../../../sandbox/resource-graph/run-query.ts';
import type { Table } from '../../../sandbox/resource-graph/table.ts';
import { toJson } from '../../../sandbox/resource-graph/values.ts';
import { runs } from '../../support/effort.ts';

const now = Date.parse('2026-11-24T17:00:00Z');

const world: Table = {
  columns: [
    { name: 'id', type: 'string' },
    { name: 'type', type: 'string' },
    { name: 'kind', type: 'string' },
    { name: 'properties', type: 'dynamic' },
    { name: 'tags', type: 'dynamic' },
  ],
  rows: [
    [
      'a',
      'microsoft.storage/storageaccounts',
      'StorageV2',
      { open: true, tls: 'TLS1_0', n: 3 },
      { env: 'prod' },
    ],
    ['b', 'microsoft.storage/storageaccounts', '', { open: false, tls: 'TLS1_2', n: 10 }, null],
    ['c', 'Microsoft.KeyVault/vaults', 'StorageV2', { open: 'true', rules: [{ p: 1 }, { p: 2 }] }, {}],
    [
      'd',
      'other',
      'x',
      { made: '2026-11-01T00:00:00.1234567Z', rules: [], 'a-b': { c: [7] } },
      { Env: 'dev' },
    ],
  ],
};

function run(query: string, table: Table = world): readonly Readonly<Record<string, unknown>>[] {
  const { columns, rows } = runQuery(query, (name) => (name === 'resources' ? table : undefined), now);
  return rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }, index) => [name, toJson(row[index], type)])),
  );
}

const idsOf = (query: string) =>
  run(query)
    .map(({ id }) => id)
    .join('');

describe('where', () => {
  test.each([
    // Case: == and in tell it apart, =~ and in~ do not.
    ["kind == 'StorageV2'", 'ac'],
    ["kind == 'storagev2'", ''],
    ["kind =~ 'storagev2'", 'ac'],
    ["kind != 'StorageV2'", 'bd'],
    ["kind !~ 'STORAGEV2'", 'bd'],
    ["type in ('microsoft.keyvault/vaults', 'other')", 'd'],
    ["type in~ ('microsoft.keyvault/vaults', 'other')", 'cd'],
    ["type !in ('microsoft.keyvault/vaults', 'other')", 'abc'],
    ["type !in~ ('microsoft.keyvault/vaults', 'other')", 'ab'],
    ["id in (dynamic(['a', 'd']))", 'ad'],
    ["type contains 'KEYVAULT'", 'c'],
    ["type contains_cs 'keyvault'", ''],
    ["type !contains 'storage'", 'cd'],
    ["type startswith 'microsoft.k'", 'c'],
    ["type !startswith 'microsoft'", 'd'],
    ["type endswith 'VAULTS'", 'c'],
    ["type endswith_cs 'VAULTS'", ''],
    ["type has 'storage'", 'ab'],
    ["type has 'storageaccount'", ''],
    ["type !has 'keyvault'", 'abd'],
    ["type has_cs 'keyvault'", ''],
    // A dynamic is turned into the type of the other side.
    ['properties.open == true', 'ac'],
    ['properties.open == false', 'b'],
    ['tobool(properties.open)', 'ac'],
    ["properties.tls == 'TLS1_2'", 'b'],
    ["properties['tls'] =~ 'tls1_2'", 'b'],
    ["properties['a-b'].c[0] == 7", 'd'],
    ["properties['a-b']['c'][-1] == 7", 'd'],
    ['properties.n > 3', 'b'],
    ['properties.n >= 3 and properties.n <= 10', 'ab'],
    ['properties.n < 4.5', 'a'],
    ["tags.env == 'prod'", 'a'],
    ["tags.ENV == 'prod'", ''],
    ["tags.env contains 'pr'", 'a'],
    // Null: differs from every value, is not known to equal null, is less than nothing.
    ["properties.tls != 'TLS1_0'", 'bcd'],
    ["properties.tls !in ('TLS1_0')", 'bcd'],
    ['properties.open != true', 'bd'],
    ['tobool(properties.missing) == tobool(properties.missing)', ''],
    ['tobool(properties.missing) != tobool(properties.missing)', ''],
    ['not(tobool(properties.missing))', ''],
    ['properties.n < 100', 'ab'],
    ['not(properties.n < 100)', ''],
    ['tobool(properties.missing) or true', 'abcd'],
    ['tobool(properties.missing) and true', ''],
    ['not(tobool(properties.missing) and false)', 'abcd'],
    ['isnull(properties.tls)', 'cd'],
    ['isnotnull(properties.tls)', 'ab'],
    ['isnull(kind)', ''],
    ['isempty(kind)', 'b'],
    ['isnotempty(kind)', 'acd'],
    ['isempty(tags.env)', 'bcd'],
    ["tostring(properties.tls) == ''", 'cd'],
    ['isnull(tags)', 'b'],
    ['isnull(int(null)) and isnull(dynamic(null))', 'abcd'],
    // Functions.
    ["tolower(type) == 'microsoft.keyvault/vaults'", 'c'],
    ["toupper(kind) == 'X'", 'd'],
    ["tostring(properties.n) == '10'", 'b'],
    ["tostring(properties.open) == 'true'", 'ac'],
    ["tostring(properties.rules) == '[]'", 'd'],
    ["toint('7') == 7 and isnull(toint('x')) and isnull(toint('3000000000'))", 'abcd'],
    ['toint(properties.n) == 3', 'a'],
    ['coalesce(tobool(properties.open), true)', 'acd'],
    ["coalesce(kind, 'none') == 'none'", 'b'],
    ["iff(id == 'a', 'x', 'y') == 'x'", 'a'],
    ["strcat(id, '-', properties.n) == 'a-3'", 'a'],
    ['array_length(properties.rules) == 2', 'c'],
    ['array_length(properties.rules) == 0', 'd'],
    ['isnull(array_length(properties.rules))', 'ab'],
    ['parse_json(\'{"x":[1]}\').x[0] == 1', 'abcd'],
    ["split(type, '/')[1] == 'vaults'", 'c'],
    ['strlen(id) == 1', 'abcd'],
    // Time: one instant for the whole query.
    ['todatetime(properties.made) < ago(20d)', 'd'],
    ['todatetime(properties.made) < ago(30d)', ''],
    ['properties.made > datetime(2026-10-31)', 'd'],
    ['now() == datetime(2026-11-24T17:00:00Z)', 'abcd'],
    ['now() - 1h < now() and now(-1h) == ago(1h)', 'abcd'],
    ['now() - todatetime(properties.made) > 23d', 'd'],
    ['now(1h) > now()', 'abcd'],
    // Grammar: and before or, brackets, quotes, comments, names in brackets.
    ["id == 'a' or id == 'b' and false", 'a'],
    ["(id == 'a' or id == 'b') and false", ''],
    ['id == "a" // the first', 'a'],
    ["id == @'a' and @'it''s' != ''", 'a'],
    ["'it\\'s' == \"it's\" and @'c:\\' == 'c:\\\\'", 'abcd'],
    ["['id'] == 'b'", 'b'],
    ['not(id in ("a", "b"))', 'cd'],
    ['properties.n == -3', ''],
  ])('%s', (predicate, expected) => {
    expect(idsOf(`resources | where ${predicate}`)).toBe(expected);
  });
});

describe('operators', () => {
  test.each<[string, unknown]>([
    [
      "resources | where id == 'a' | project id, properties.tls, open = tobool(properties.open)",
      [{ id: 'a', properties_tls: 'TLS1_0', open: true }],
    ],
    ["where id == 'a' | project name = id", [{ name: 'a' }]],
    [
      'resources | take 1 | project-away properties, tags, kind',
      [{ id: 'a', type: 'microsoft.storage/storageaccounts' }],
    ],
    ['Resources | take 1 | project-keep id', [{ id: 'a' }]],
    [
      "resources | extend id = strcat(id, '!'), again = id | where again == 'a!' | project id",
      [{ id: 'a!' }],
    ],
    ['resources | order by id | project id | take 2', [{ id: 'd' }, { id: 'c' }]],
    ['resources | sort by id asc | limit 1 | project id', [{ id: 'a' }]],
    [
      'resources | order by toint(properties.n) asc, id desc | project id',
      [{ id: 'd' }, { id: 'c' }, { id: 'a' }, { id: 'b' }],
    ],
    [
      'resources | order by toint(properties.n) | project id',
      [{ id: 'b' }, { id: 'a' }, { id: 'c' }, { id: 'd' }],
    ],
    [
      'resources | order by toint(properties.n) asc nulls last, id asc | project id',
      [{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }],
    ],
    [
      'resources | order by toint(properties.n) nulls first, id asc | project id',
      [{ id: 'c' }, { id: 'd' }, { id: 'b' }, { id: 'a' }],
    ],
    ['resources | top 1 by id | project id', [{ id: 'd' }]],
    ['resources | count', [{ Count: 4 }]],
    ["resources | where id == 'zzz' | count", [{ Count: 0 }]],
    [
      'resources | summarize count() by type = tolower(type) | order by type asc',
      [
        { type: 'microsoft.keyvault/vaults', count_: 1 },
        { type: 'microsoft.storage/storageaccounts', count_: 2 },
        { type: 'other', count_: 1 },
      ],
    ],
    [
      "resources | summarize n = count(), countif(kind == 'StorageV2'), make_list(id), any(kind), take_any(type), min(toint(properties.n)), most = max(toint(properties.n))",
      'refused',
    ],
    [
      "resources | summarize n = count(), countif(kind == 'StorageV2'), make_list(id), any(kind), take_any(type), most = max(toint(properties.n)), least = min(toint(properties.n)), kinds = make_set(kind), dcount(kind), total = sum(toint(properties.n))",
      [
        {
          n: 4,
          countif_: 2,
          list_id: ['a', 'b', 'c', 'd'],
          any_kind: 'StorageV2',
          type: 'microsoft.storage/storageaccounts',
          most: 10,
          least: 3,
          kinds: ['StorageV2', '', 'x'],
          dcount_kind: 3,
          total: 13,
        },
      ],
    ],
    ['resources | where false | summarize count()', [{ count_: 0 }]],
    ['resources | where false | summarize count() by id', []],
    [
      'resources | summarize by kind | order by kind asc',
      [{ kind: '' }, { kind: 'StorageV2' }, { kind: 'x' }],
    ],
    ['resources | summarize make_list(tags.env)', 'refused'],
    ['resources | summarize envs = make_list(tags.env)', [{ envs: ['prod'] }]],
    ['resources | distinct kind | order by kind asc', [{ kind: '' }, { kind: 'StorageV2' }, { kind: 'x' }]],
    ['resources | project kind | distinct *', [{ kind: 'StorageV2' }, { kind: '' }, { kind: 'x' }]],
    [
      "resources | where id == 'c' | mv-expand rule = properties.rules | project id, p = toint(rule.p)",
      [
        { id: 'c', p: 1 },
        { id: 'c', p: 2 },
      ],
    ],
    [
      "resources | where id == 'c' | mv-expand properties.rules limit 1 | project properties_rules.p",
      [{ properties_rules_p: 1 }],
    ],
    ["resources | where id == 'd' | mv-expand rule = properties.rules | project id", []],
    ["resources | where id == 'a' | mv-expand tag = tags | project tag", [{ tag: { env: 'prod' } }]],
    [
      "resources | take 1 | mv-expand d = pack_array('x', 2) to typeof(string) | project d",
      [{ d: 'x' }, { d: '2' }],
    ],
    [
      "resources | take 1 | project t = todatetime('2026-11-24'), s = tostring(1d), j = pack_array(now(), true)",
      [{ t: '2026-11-24T00:00:00.0000000Z', s: '1.00:00:00', j: ['2026-11-24T17:00:00.0000000Z', true] }],
    ],
  ])('%s', (query, expected) => {
    if (expected === 'refused') {
      expect(() => run(query)).toThrow(QueryError);
    } else {
      expect(run(query)).toEqual(expected);
    }
  });
});

describe('what is refused, with its place', () => {
  test.each([
    ['', 'a table', '<EOF>', 0],
    ['nowhere | take 1', 'nowhere', 'nowhere', 0],
    ['resources | join x on id', 'The operator "join"', 'join', 12],
    ['resources | union x', 'The operator "union"', 'union', 12],
    ['resources | where', 'an expression', '<EOF>', 17],
    ["resources | where id = 'a'", '"|"', '=', 21],
    ["resources | where id == 'a", 'not closed', "'", 24],
    ["resources | where id matches regex 'a'", 'The operator "matches"', 'matches', 21],
    ["resources | where id has_any ('a')", 'The operator "has_any"', 'has_any', 21],
    ['resources | where nope == 1', "'nope'", 'nope', 18],
    ["resources | where ID == 'a'", "'ID'", 'ID', 18],
    ["resources | where bag_keys(tags) == 'a'", 'The function "bag_keys"', 'bag_keys', 18],
    ['resources | where properties.open', 'use tobool()', 'where', 28],
    ['resources | where properties.open == tags.open', 'dynamic and dynamic', '==', 34],
    ['resources | where id == 1', 'string and long', '==', 21],
    ['resources | where properties.n < 1d', 'dynamic and timespan', '<', 31],
    ["resources | where 'it''s' == id", '"|"', 's', 22],
    ["resources | where id < 'b'", 'by <', '<', 21],
    ['resources | where id == null', 'A bare null', 'null', 24],
    ['resources | where toint(properties.n) * 2 == 4', 'The operator "*"', '*', 38],
    ['resources | where toint(properties.n) contains 2', 'use tostring()', 'contains', 38],
    ['resources | where id.x == 1', 'has no members', 'x', 20],
    ['resources | where tags[id] == 1', 'neither a text nor a whole number', 'id', 23],
    ["resources | where coalesce(kind, 1) == ''", 'parameters of one type', 'coalesce', 18],
    ['resources | where not(tags.env)', 'wants bool', 'not', 18],
    ['resources | where datetime(soon) < now()', 'no such value', 'soon', 27],
    ['resources | where id in (tags.env)', 'A dynamic in the list', 'in', 29],
    ['resources | project tolower(id)', 'without a name', '', 20],
    ['resources | project id, id', "'id' already exists", 'id', 20],
    ['resources | order by tags', 'explicit cast', 'order by', 21],
    ['resources | summarize count() by tags', 'explicit cast', 'summarize by', 33],
    ['resources | distinct tags', 'explicit cast', 'distinct', 21],
    ['resources | summarize percentile(id)', 'The aggregate "percentile"', 'percentile', 22],
    ['resources | summarize max(kind)', 'explicit cast', 'max', 22],
    ['resources | mv-expand tags limit 2001', 'above 2000', '2001', 27],
    ['resources | mv-expand tags, properties', 'more than one column', ',', 26],
    ['resources | mv-expand id', 'of type string', 'mv-expand', 22],
    ['resources | take many', 'a whole number', 'many', 17],
    ['resources | where id == #', 'ParserFailure', '#', 24],
    ['let x = 1; resources', 'The operator "let"', 'let', 0],
    [`resources | where ${'('.repeat(200)}true${')'.repeat(200)}`, 'deep', '(', 119],
  ])('%s', (query, message, token, position) => {
    const error = failureOf(query);
    expect(error.message).toContain(message);
    expect([error.token, error.position]).toEqual([token, position]);
  });
});

function failureOf(query: string): QueryError {
  try {
    run(query);
  } catch (error) {
    if (error instanceof QueryError) {
      return error;
    }
    throw error;
  }
  throw new Error('The query was not refused');
}

describe('laws', () => {
  const rowArbitrary = fc.record({
    id: fc.uuid(),
    kind: fc.constantFrom('a', 'A', 'b', ''),
    n: fc.option(fc.integer({ min: -5, max: 5 })),
    open: fc.constantFrom(true, false, null, undefined),
  });

  test('where, project, order and take agree with plain JavaScript', () => {
    fc.assert(
      fc.property(
        fc.array(rowArbitrary, { maxLength: 30 }),
        fc.constantFrom('a', 'A', ''),
        fc.integer({ min: -5, max: 5 }),
        fc.nat({ max: 10 }),
        fc.boolean(),
        (rows, kind, n, count, isAscending) => {
          const table: Table = {
            columns: world.columns,
            rows: rows.map(({ id, kind: rowKind, ...properties }) => [id, '', rowKind, properties, null]),
          };
          const query = `resources
            | where (kind == '${kind}' or properties.n > ${n}) and properties.open != true
            | project id, n = toint(properties.n)
            | order by n ${isAscending ? 'asc' : 'desc'}, id asc
            | take ${count}`;
          const expected = rows
            .filter((row) => (row.kind === kind || (row.n !== null && row.n > n)) && row.open !== true)
            .map(({ id, n: value }) => ({ id, n: value }))
            .sort(
              (left, right) => compareNumbers(left.n, right.n, isAscending) || (left.id < right.id ? -1 : 1),
            )
            .slice(0, count);
          expect(run(query, table)).toEqual(expected);
        },
      ),
    );
  });

  /** Nulls are less than every number, in both directions. */
  function compareNumbers(left: number | null, right: number | null, isAscending: boolean): number {
    const difference =
      (left ?? Number.NEGATIVE_INFINITY) === (right ?? Number.NEGATIVE_INFINITY)
        ? 0
        : (left ?? Number.NEGATIVE_INFINITY) - (right ?? Number.NEGATIVE_INFINITY);
    return isAscending ? difference : -difference;
  }

  test('any text is a query or refused with a place in it', () => {
    const words = fc.constantFrom(
      'resources',
      '|',
      'where',
      'id',
      '==',
      "'a'",
      '(',
      ')',
      'in~',
      '!',
      ',',
      'by',
      'project',
      'summarize',
      'count()',
      '.',
      '[',
      ']',
      '1d',
      '-',
      'not',
      'and',
      '"',
      '=',
      'datetime(',
      'dynamic(',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
        const query = parts.join(' ');
        try {
          run(query);
        } catch (error) {
          expect(error).toBeInstanceOf(QueryError);
          expect((error as QueryError).position).toBeLessThanOrEqual(query.length);
        }
      }),
      { numRuns: runs(500) },
    );
  });
});
