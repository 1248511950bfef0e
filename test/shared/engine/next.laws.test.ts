import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Again, Next } from '../../../shared/engine/next.ts';
import { lookAt, nothingMore, passAgain, soonest, together } from '../../../shared/engine/next.ts';

const again = fc.option(
  fc.oneof(
    fc.constantFrom<Again>({ kind: 'needs-read' }, { kind: 'raced' }, { kind: 'children' }),
    fc.nat().map((used): Again => ({ kind: 'over-budget', used })),
  ),
  { nil: undefined },
);
const moment = fc.option(fc.date({ noInvalidDate: true }), { nil: undefined });
const next: fc.Arbitrary<Next> = fc.record({ again, wakeAt: moment });

describe('what follows', () => {
  it('is nothing where nothing is named', () => {
    expect(together()).toEqual(nothingMore);
  });

  it('is not changed by nothing, on either side', () => {
    fc.assert(
      fc.property(next, (one) => {
        expect(together(nothingMore, one)).toEqual(one);
        expect(together(one, nothingMore)).toEqual(one);
      }),
    );
  });

  it('does not depend on how it is grouped', () => {
    fc.assert(
      fc.property(next, next, next, (a, b, c) => {
        expect(together(together(a, b), c)).toEqual(together(a, together(b, c)));
        expect(together(a, b, c)).toEqual(together(a, together(b, c)));
      }),
    );
  });

  it('has the reason that is named first, and that alone, whatever the moments are', () => {
    fc.assert(
      fc.property(next, next, (one, other) => {
        expect(together(one, other).again).toEqual(one.again ?? other.again);
      }),
    );
  });

  it('has the soonest moment, in whatever order they are named: no wake is lost', () => {
    fc.assert(
      fc.property(fc.array(next), (all) => {
        const { wakeAt } = together(...all);
        expect(together(...all.toReversed()).wakeAt).toEqual(wakeAt);
        const times = all.flatMap((each) => (each.wakeAt === undefined ? [] : [each.wakeAt.getTime()]));
        expect(times.every((time) => wakeAt !== undefined && wakeAt.getTime() <= time)).toBe(true);
        expect(wakeAt === undefined ? times : times.includes(wakeAt.getTime())).toEqual(
          wakeAt === undefined ? [] : true,
        );
      }),
    );
  });
});

const [early, late] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-02T00:00:00Z')];
const raced = passAgain({ kind: 'raced' });
const children = passAgain({ kind: 'children' });

it.each<[string, Next, Next]>([
  ['a look and another pass', together(lookAt(late), raced), { again: { kind: 'raced' }, wakeAt: late }],
  ['a race before children', together(raced, children), raced],
  ['children before a race', together(children, raced), children],
  [
    'the count of a budget',
    together(nothingMore, passAgain({ kind: 'over-budget', used: 7 }), raced),
    passAgain({ kind: 'over-budget', used: 7 }),
  ],
  ['two looks', together(lookAt(late), lookAt(early)), lookAt(early)],
  ['a look at no moment', lookAt(undefined), nothingMore],
])('%s', (_, found, expected) => {
  expect(found).toEqual(expected);
});

it('the soonest of no moments is none', () => {
  expect(soonest([])).toBeUndefined();
  expect(soonest([undefined, late, undefined, early])).toEqual(early);
});
