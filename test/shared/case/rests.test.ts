import { expect, it } from 'vitest';
import { restOver, restWhileForbidden, restWithNews } from '../../../shared/case/rests.ts';
import { madeCase } from '../../support/made-case.ts';

const minuteMs = 60_000;

it.each([
  [1, 2],
  [2, 4],
  [3, 8],
  [6, 60],
  [1_000, 60],
])('what is forbidden for the %d. time in a row rests for %d minutes', (times, minutes) => {
  expect(restWhileForbidden(times)).toBe(minutes * minuteMs);
});

it.each([
  [0, 0],
  [1, 0],
  [2, 1],
  [3, 2],
  [7, 32],
  [8, 60],
  [1_000, 60],
])('after news came to nothing %d times in a row, further news waits for %d minutes', (hurried, minutes) => {
  expect(restWithNews(hurried)).toBe(minutes * minuteMs);
});

it.each(['open', 'held', 'awaiting-decision', 'changing', 'closed'] as const)(
  'a case in %s rests for nothing that it met before',
  (state) => {
    const failure = { code: 'access-denied', message: 'no', at: '2026-01-01T10:00:00.000Z' };
    expect(restOver(madeCase(state, { failure, appliedAt: failure.at }))).toBeUndefined();
  },
);

it('a resource that is missing is asked for soon, whatever else its case waits for', () => {
  const failure = { code: 'access-denied', message: 'no', at: '2026-01-01T10:00:00.000Z' };
  const subject = madeCase('failed', { failure, missingSince: '2026-01-01T09:00:00.000Z' });
  expect(restOver(subject)).toEqual(new Date('2026-01-01T09:00:15Z'));
});
