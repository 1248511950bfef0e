import type { Case } from '../../case/draft.ts';
import { restOver } from '../../case/rests.ts';
import { standingWake } from '../people/escalate.ts';

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
