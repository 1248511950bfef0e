import type { Severity } from '../contract/observation.ts';
import type { ReserveLimits } from '../ledger/write-reserve.ts';

/**
 * Writes of one subscription, beside its budget of changes, for exposure that is opened again and again or after the budget
 * was used up elsewhere. In no hour more than 300: a quarter of what Azure Storage takes in one subscription and region.
 */
export const writeReserve: ReserveLimits = { capacity: 180, perHour: 120 };

/** True for exposure that is closed each time it opens. */
export function isSevere(severity: Severity): boolean {
  return severity === 'high' || severity === 'critical';
}

/** Shares of the reserve that stay for more severe exposure, and for exposure that nobody fights over. */
const kept = { critical: 0, high: 0.1 };
const keptFromContested = { critical: 0.2, high: 0.4 };

/**
 * The writes that have to be left after one of that severity. Whoever opens the same exposures without end, or very many,
 * leaves something for all others.
 */
export function reserveFloor(severity: 'high' | 'critical', isContested: boolean): number {
  return writeReserve.capacity * (isContested ? keptFromContested : kept)[severity];
}
