import type { Case } from './draft.ts';
import { resourceObservable } from './engine-controls.ts';
import { verifyWithinMs } from './assessment.ts';
import { standingWake } from './escalate.ts';

/** What cannot be read is tried again after so long, in milliseconds: sooner while something is under way on its root. */
export const unobservableRestMs = 60 * 60_000;
/** Refused changes rest longer and longer, in milliseconds: a role that is still on its way comes within minutes. */
const firstRestMs = 5 * 60_000;
const longestRestMs = 24 * 60 * 60_000;
/** One 404 proves little: it is asked again after so long, in milliseconds. */
const missingRestMs = 15_000;
/** Something that is due and stays as it is, is looked at again after so long, in milliseconds. */
const stillDueMs = 60 * 60_000;

/**
 * When an open case has to be looked at though nothing happens; undefined when only news or a person moves it. It follows
 * from the case alone, so that no wake can be lost with a row: whoever looks at a root works it out anew.
 */
export function dueAt(subject: Case): Date | undefined {
  const times = [standingWake(subject), restOver(subject)].filter((time) => time !== undefined);
  return times.length === 0 || subject.state === 'closed' || subject.state === 'none'
    ? undefined
    : new Date(Math.min(...times.map((time) => time.getTime())));
}

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

/** Whether a case has to be looked at now though no event names it. */
export function isDue(subject: Case, now: Date): boolean {
  const due = dueAt(subject);
  return due !== undefined && due <= now;
}

/** The soonest moment at which one of the cases is due; what was due just now and stays so rests a while. */
export function soonestDue(cases: Iterable<Case>, now: Date): Date | undefined {
  const moments = [...cases]
    .map(dueAt)
    .filter((due) => due !== undefined)
    .map((due) => (due > now ? due.getTime() : now.getTime() + stillDueMs));
  return moments.length === 0 ? undefined : new Date(Math.min(...moments));
}

function after(moment: string, milliseconds: number): Date {
  return new Date(Date.parse(moment) + milliseconds);
}
