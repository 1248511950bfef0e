import type { Case } from './draft.ts';
import { resourceObservable } from '../contract/engine-controls.ts';

/** A write is verified again for so long before it counts as not converged, in milliseconds. */
export const verifyWithinMs = 60_000;

/** What cannot be read is tried again after so long, in milliseconds: sooner while something is under way on its root. */
export const unobservableRestMs = 60 * 60_000;
/** Refused changes rest longer and longer, in milliseconds: a role that is still on its way comes within minutes. */
const firstRestMs = 5 * 60_000;
const longestRestMs = 24 * 60 * 60_000;
/** One 404 proves little: it is asked again after so long, in milliseconds. */
const missingRestMs = 15_000;
/** When what is under way, or was refused, is looked at again. */
export function restOver({ state, data }: Pick<Case, 'state' | 'data'>): Date | undefined {
  const { missingSince, failure, appliedAt, refusals = 1 } = data;
  if (missingSince !== undefined) {
    return after(missingSince, missingRestMs);
  }
  if (state === 'verifying') {
    return after(appliedAt ?? data.firstSeenDrifted, verifyWithinMs / 4);
  }
  if (state === 'failed' && failure !== undefined) {
    const isEngines = data.control === resourceObservable;
    return after(failure.at, isEngines ? unobservableRestMs : restAfter(refusals));
  }
  return undefined;
}

/** How long a change that Azure refused rests when nobody wrote to the resource meanwhile, in milliseconds. */
function restAfter(refusals: number): number {
  return Math.min(firstRestMs * 2 ** Math.min(refusals - 1, 20), longestRestMs);
}

/** What is locked, or denied by assignment, is tried again after so long, in milliseconds: longer and longer. */
const firstForbiddenMs = 2 * 60_000;
const longestForbiddenMs = 60 * 60_000;

/** How long a change rests that met the same lock, or deny assignment, so many times in a row, in milliseconds. */
export function restWhileForbidden(times: number): number {
  return Math.min(firstForbiddenMs * 2 ** Math.min(times - 1, 20), longestForbiddenMs);
}

/** So often in a row news has it tried at once before its time. */
const mostAtOnce = 2;

/**
 * How long after a change was refused news has to wait that may mean that it passes now, in milliseconds: nothing at first, and
 * longer and longer for whoever goes on making news of what is not lifted. `hurried`: how often in a row it did.
 */
export function restWithNews(hurried: number): number {
  return hurried < mostAtOnce
    ? 0
    : Math.min(60_000 * 2 ** Math.min(hurried - mostAtOnce, 20), longestForbiddenMs);
}

function after(moment: string, milliseconds: number): Date {
  return new Date(Date.parse(moment) + milliseconds);
}
