import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitInOneRow, hasRoot, withRoots } from '../../../shared/work/swept-roots.ts';
import { runs } from '../../support/effort.ts';

const roots = fc.uniqueArray(
  fc.string({ minLength: 1, maxLength: 40 }).map((name) => name.toLowerCase()),
  { maxLength: 60 },
);

it('has every root that was read, in whatever case and pages, and none that was not', () => {
  fc.assert(
    fc.property(roots, roots, roots, (first, second, others) => {
      const read = withRoots(withRoots('', first), second);
      const known = [...first, ...second];
      expect(known.every((root) => hasRoot(read, root.toUpperCase().toLowerCase()))).toBe(true);
      expect(others.filter((root) => hasRoot(read, root))).toEqual(
        others.filter((root) => known.includes(root)),
      );
    }),
    { numRuns: runs(200) },
  );
});

it('does not tell upper case from lower case', () => {
  expect(hasRoot(withRoots('', ['/Subscriptions/One']), '/subscriptions/ONE')).toBe(true);
});

it('fits into a row up to 25,000 roots, however they are spread', () => {
  const many = Array.from({ length: 12_500 }, (_, index) => `root ${index}`);
  const half = withRoots('', many);
  expect(fitInOneRow([half, half])).toBe(true);
  expect(fitInOneRow([half, half, withRoots('', ['one more'])])).toBe(false);
});
