import type { Remark } from '../diagnostic.ts';
import { momentOf } from '../moment.ts';
import { timeOfDayMs } from '../window.ts';
import type { Check } from './check.ts';

/** Finds freezes and windows that never hold, and those that say nothing. */
export const checkTiming: Check = ({ freezes = [], windows = [] }, { now }) => [
  ...freezes.flatMap(({ from, until }, index): readonly Remark[] => {
    const path = ['freezes', index, 'until'];
    if (momentOf(until) <= momentOf(from)) {
      const message = `it ends before it begins: "${until}" is not after "${from}"`;
      return [{ severity: 'error', path, message, mend: 'let "until" be after "from"' }];
    }
    return momentOf(until) <= now.getTime()
      ? [{ severity: 'warning', path, message: 'it has ended', mend: 'take it out' }]
      : [];
  }),
  ...windows.flatMap(({ days, from, to }, index): readonly Remark[] => {
    const path = ['windows', index];
    const [opens, closes] = [timeOfDayMs(from), timeOfDayMs(to)];
    if (opens === closes || from === '24:00') {
      const message = 'it never opens: it closes when it opens';
      const mend = 'for whole days write from: "00:00", to: "24:00"';
      return [{ severity: 'error', path: [...path, from === '24:00' ? 'from' : 'to'], message, mend }];
    }
    const twice = days.findIndex((day, place) => days.indexOf(day) !== place);
    return twice < 0
      ? []
      : [
          {
            severity: 'warning',
            path: [...path, 'days', twice],
            message: 'the day is there twice',
            mend: 'keep one',
          },
        ];
  }),
];
