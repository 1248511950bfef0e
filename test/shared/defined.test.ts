import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import { defined } from '../../shared/defined.ts';

test('members that are undefined are left out, and the others keep value and order', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.json(), fc.constant(undefined))), (members) => {
      const kept = defined(members);
      expect(Object.keys(kept)).toEqual(Object.keys(members).filter((name) => members[name] !== undefined));
      expect(JSON.stringify(kept)).toBe(JSON.stringify(members));
    }),
  );
});

test.each([null, false, 0, ''])('%j is a value', (value) => {
  expect(defined({ value })).toEqual({ value });
});

test('a member that may be undefined is an optional one', () => {
  const reason = 'asked' as string | undefined;
  expectTypeOf(defined({ id: 'case', reason })).toExtend<{ readonly id: string; readonly reason?: string }>();
});
