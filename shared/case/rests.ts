import type { Case } from './draft.ts';
import { resourceObservable } from '../contract/engine-controls.ts';

/** A write that is still not in sync after this time counts as not converged. */
export const verifyWithinMs = 60_000;

/** Pause before an unreadable resource is tried again. It is tried sooner while a case is under way on its root. */
export const unobservableRestMs = 60 * 60_000;
/**
 * Refused changes rest longer each time. The first rest is short: a new role assignment takes effect within minutes.
 */
const firstRestMs = 5 * 60_000;
const longestRestMs = 24 * 60 * 60_000;
/** One 404 proves little: the resource is asked again after this pause. */
const missingRestMs = 15_000;
/** When a case that is under way, or was refused, is looked at again. Undefined: no such look is due. */
export function restOver({ state, data }: Pick<Case, 'state' | 'data'>): Date | undefined {
  const { missingSince, failure, appliedAt, refusals = 1 } = data;
  if (missingSince !== undefined) {
    return after(missingSince, missingRestMs);
  }
  if (state === 'verifying') {
    return after(appliedAt ?? data.firstSeenDrifted, verifyWithinMs / 4);
  }
  if (state === 'failed' && failure !== undefined) {
    if (failure.until !== undefined) {
      return new Date(failure.until);
    }
    const isEngines = data.control === resourceObservable;
    return after(failure.at, isEngines ? unobservableRestMs : restAfter(refusals));
  }
  return undefined;
}

/** The rest of a change that Azure refused, if nobody writes to the resource meanwhile. */
function restAfter(refusals: number): number {
  return Math.min(firstRestMs * 2 ** Math.min(refusals - 1, 20), longestRestMs);
}

/** Shortest and longest pause before a locked or deny-assigned resource is tried again. */
const firstForbiddenMs = 2 * 60_000;
const longestForbiddenMs = 60 * 60_000;

/** The rest of a change that met the same lock or deny assignment this many times in a row. */
export function restWhileForbidden(times: number): number {
  return Math.min(firstForbiddenMs * 2 ** Math.min(times - 1, 20), longestForbiddenMs);
}

/** News may have a refused change tried at once this many times in a row. */
const mostAtOnce = 2;

/**
 * Pause before news makes Leakstop try a refused change again. There is none at first; it grows while the news goes
 * on and the obstacle stays. `hurried` counts how often in a row news had the change tried.
 */
export function restWithNews(hurried: number): number {
  return hurried < mostAtOnce
    ? 0
    : Math.min(60_000 * 2 ** Math.min(hurried - mostAtOnce, 20), longestForbiddenMs);
}

function after(moment: string, milliseconds: number): Date {
  return new Date(Date.parse(moment) + milliseconds);
}
