import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shownName, subscriptionNames } from '../../shared/subscription-names.ts';
import { unseen } from '../../shared/text/unseen.ts';

const tricks = fc.constantFrom(
  '\u202e',
  '\u0000',
  '\n',
  '\u001b[2J',
  '\u2028',
  '\u200b',
  '\ud800',
  '😀',
  ' ',
  '(',
);
const anyName = fc
  .array(fc.oneof(fc.string({ unit: 'binary' }), tricks), { maxLength: 60 })
  .map((parts) => parts.join(''));

describe('a display name that somebody else wrote', () => {
  it('is short, on one line, and shows every character that it has', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const shown = shownName(name);
        if (shown !== undefined) {
          expect(shown.match(unseen)).toBeNull();
          expect(Array.from(shown).length).toBeLessThan(80 * 12 + 2);
          expect(shown.trim()).not.toBe('');
        }
      }),
    );
  });

  it.each([
    ['Research training', 'Research training'],
    ['  Pay-As-You-Go (dev) ', 'Pay-As-You-Go (dev)'],
    ['a\u202eb\n', 'a\\u202eb'],
    ['x'.repeat(81), `${'x'.repeat(80)}…`],
    ['', undefined],
    [' \t', undefined],
    ['Research (22222222-2222-4222-8222-222222222222)', undefined],
    ['22222222-2222-4222', undefined],
  ])('%j is shown as %j', (name, shown) => {
    expect(shownName(name)).toBe(shown);
  });

  it('is found by the id in any case, and nobody is found by what every object inherits', () => {
    const { nameOf } = subscriptionNames({ 'ABCD-1': 'Research' });
    expect([nameOf('abcd-1'), nameOf('Abcd-1'), nameOf('toString'), nameOf('__proto__')]).toEqual([
      'Research',
      'Research',
      undefined,
      undefined,
    ]);
  });
});
