import type { Remark } from '../diagnostic.ts';
import { defaultLimits } from '../policy.ts';
import type { Check } from './check.ts';

/** Warns of a budget that another one makes void. */
export const checkLimits: Check = ({ limits = {} }): readonly Remark[] => {
  const changesPerHour = limits.changesPerHour ?? defaultLimits.changesPerHour;
  const tenantChangesPerHour = limits.tenantChangesPerHour ?? defaultLimits.tenantChangesPerHour;
  if (changesPerHour <= tenantChangesPerHour) {
    return [];
  }
  const path = ['limits', limits.changesPerHour === undefined ? 'tenantChangesPerHour' : 'changesPerHour'];
  const message = `one subscription may never use its ${changesPerHour} changes: all together have ${tenantChangesPerHour}`;
  const mend = 'let changesPerHour be at most tenantChangesPerHour';
  return [{ severity: 'warning', path, message, mend }];
};
