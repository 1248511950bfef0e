import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ArmBody } from '../../../sandbox/arm/arm-body.ts';
import { mergeBody } from '../../../sandbox/arm/merge.ts';
import { parseArmPath } from '../../../sandbox/arm/arm-path.ts';

const rules = { members: ['tags', 'sku'], readOnly: ['state'], deep: ['encryption'], immutable: [] };
const value = fc.oneof(
  fc.boolean(),
  fc.integer(),
  fc.string(),
  fc.dictionary(fc.constantFrom('a', 'b'), fc.integer()),
);
const name = fc.constantFrom('one', 'two', 'acls', 'encryption', 'state');
const body = fc.record({
  tags: fc.dictionary(fc.constantFrom('a', 'b'), fc.string()),
  properties: fc.dictionary(name, value),
});
const merge = (current: ArmBody, request: ArmBody) => mergeBody(current, request, rules);

describe('merging', () => {
  test('an empty request changes nothing', () => {
    fc.assert(
      fc.property(body, (current) => {
        expect(merge(current, {})).toEqual(current);
      }),
    );
  });

  test('a request merged twice is as merged once', () => {
    fc.assert(
      fc.property(body, body, (current, request) => {
        const once = merge(current, request);
        expect(merge(once, request)).toEqual(once);
      }),
    );
  });

  test('what a request does not name stays, what it names is as asked, what is read-only is as it was', () => {
    fc.assert(
      fc.property(body, body, (current, request) => {
        const merged = merge(current, request).properties as ArmBody;
        const before: ArmBody = current.properties;
        for (const key of ['one', 'two', 'acls', 'state']) {
          const isAsked = key !== 'state' && key in request.properties;
          expect(merged[key]).toEqual(isAsked ? request.properties[key] : before[key]);
        }
      }),
    );
  });

  test('the current body is not touched', () => {
    fc.assert(
      fc.property(body, body, (current, request) => {
        const copy = structuredClone(current);
        merge(current, request);
        expect(current).toEqual(copy);
      }),
    );
  });

  test('a deep property keeps the members that a request leaves out', () => {
    const current = { properties: { encryption: { services: { blob: { time: 1 } }, source: 'a' } } };
    const request = { properties: { encryption: { services: { blob: { on: true } }, source: null } } };
    expect(merge(current, request)).toEqual({
      properties: { encryption: { services: { blob: { time: 1, on: true } }, source: 'a' } },
    });
  });
});

test.each([
  ['/subscriptions/S', ['subscriptions'], ['S'], true],
  ['/subscriptions', ['subscriptions'], [], false],
  ['//subscriptions///S//', ['subscriptions'], ['S'], true],
  ['/subscriptions/S/resourcegroups/g/', ['subscriptions', 'resourcegroups'], ['S', 'g'], true],
  ['/subscriptions/S/resourceGroups/g/providers/N/t/a/u/b', ['t', 'u'], ['a', 'b'], true],
  ['/subscriptions/S/resourceGroups/g/providers/N/t/a/listKeys', ['t', 'listKeys'], ['a'], false],
  ['/subscriptions/S/resourceGroups/g/providers/N/t/a/providers/M/locks/l', ['locks'], ['l'], true],
  ['/subscriptions/S/providers/N/t', ['t'], [], false],
  [
    '/subscriptions/S/resourceGroups/two%20words',
    ['subscriptions', 'resourceGroups'],
    ['S', 'two words'],
    true,
  ],
])('reads the path %s', (path, types, names, isResource) => {
  expect(parseArmPath(path)).toMatchObject({ types, names, isResource });
});

test.each(['/', '', '/nonsense', '/subscriptions/S/providers', '/subscriptions/S/providers/N'])(
  'refuses the path "%s"',
  (path) => expect(parseArmPath(path)).toBeUndefined(),
);
