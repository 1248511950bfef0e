import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CaseView } from '../../../shared/case-index/case-index.ts';
import { closing, groupBy, lapsing, openByAge, quantile } from '../../../shared/case-index/figures.ts';
import type { IndexedCase } from '../../../shared/case-index/indexed-case.ts';

const asOf = new Date('2026-03-10T12:00:00.000Z');
const dayMs = 24 * 3_600_000;

function one(patch: Partial<IndexedCase>): IndexedCase {
  return {
    chain: 's',
    key: 'k',
    caseId: 'c',
    state: 'open',
    sequence: 1,
    resource: 'r',
    control: 'x',
    severity: 'high',
    openedAt: asOf.getTime() - dayMs,
    closedAt: undefined,
    closed: undefined,
    hold: undefined,
    hasChange: true,
    dataText: '{}',
    ...patch,
  };
}

function view(cases: readonly IndexedCase[]): CaseView {
  return {
    asOf,
    open: cases.filter(({ state }) => state !== 'closed'),
    closed: cases.filter(({ state }) => state === 'closed'),
    left: 0,
    leftClosed: 0,
    unreadable: 0,
    subscriptions: [],
    service: {
      sweep: undefined,
      turns: [],
      policyLoaded: undefined,
      policyRefused: undefined,
      noticeFailed: undefined,
    },
    find: () => undefined,
  };
}

test.each<[number, number]>([
  [-5_000, 0],
  [3_599_999, 0],
  [3_600_000, 1],
  [dayMs, 2],
  [7 * dayMs, 3],
  [30 * dayMs, 4],
  [400 * dayMs, 4],
])('a case of %s ms counts once, in row %s', (age, row) => {
  const rows = openByAge(view([one({ openedAt: asOf.getTime() - age })]));
  expect(rows.map(({ total }) => total)).toEqual([0, 1, 2, 3, 4].map((index) => (index === row ? 1 : 0)));
});

test('every open case that is not exempt is in one row, and every case in one group', () => {
  const made = fc.record({
    openedAt: fc.integer({ min: 0, max: asOf.getTime() }),
    severity: fc.constantFrom('critical', 'high', 'medium', 'low'),
    control: fc.constantFrom('x', 'y', '__proto__', 'constructor'),
    state: fc.constantFrom('open', 'held', 'awaiting-decision', 'closed'),
    hold: fc.constantFrom(undefined, { reason: 'exempt', until: undefined } as const),
  });
  fc.assert(
    fc.property(fc.array(made), (parts) => {
      const cases = parts.map((part) =>
        one({
          ...part,
          closedAt: part.state === 'closed' ? asOf.getTime() : undefined,
        }),
      );
      const rows = openByAge(view(cases));
      const groups = groupBy(view(cases), 'control');
      const exempt = groups.reduce((sum, group) => sum + group.exempt, 0);
      const open = groups.reduce((sum, group) => sum + group.open, 0);
      expect(rows.reduce((sum, { total }) => sum + total, 0)).toBe(open);
      expect(open + exempt + groups.reduce((sum, { closed }) => sum + closed, 0)).toBe(cases.length);
      expect(closing(view(cases)).reasons.reduce((sum, { count }) => sum + count, 0)).toBe(
        closing(view(cases)).count,
      );
    }),
  );
});

test.each<[readonly number[], number, number | undefined]>([
  [[], 0.5, undefined],
  [[7], 0.95, 7],
  [[1, 2], 0.5, 1],
  [[1, 2, 3, 4], 0.5, 2],
  [Array.from({ length: 100 }, (_, index) => index + 1), 0.95, 95],
])('of %j the share %s lies at or below %s', (sorted, share, value) => {
  expect(quantile(sorted, share)).toBe(value);
});

test('exemptions that end soon come first, and permitted drift only', () => {
  const until = (days: number) => ({ reason: 'exempt' as const, until: asOf.getTime() + days * dayMs });
  const cases = [
    one({ caseId: 'late', state: 'held', hold: until(15) }),
    one({ caseId: 'second', state: 'held', hold: until(9) }),
    one({ caseId: 'first', state: 'held', hold: until(2) }),
    one({ caseId: 'frozen', state: 'held', hold: { reason: 'frozen', until: asOf.getTime() } }),
    one({ caseId: 'endless', state: 'held', hold: { reason: 'exempt', until: undefined } }),
  ];
  expect(lapsing(view(cases), 14 * dayMs).map(({ caseId }) => caseId)).toEqual(['first', 'second']);
});
