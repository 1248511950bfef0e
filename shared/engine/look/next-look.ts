import type { Case } from '../../case/draft.ts';
import { restOver } from '../../case/rests.ts';
import { soonest } from '../next.ts';

/** Pause before an overdue case is looked at again. */
const stillDueMs = 60 * 60_000;

/**
 * The time at which an open case has to be looked at without any news; undefined when only news or a person moves it.
 * The time follows from the case alone, so that no wake can be lost with a row: every look at a root works it out anew.
 */
export function dueAt(subject: Case): Date | undefined {
  return subject.state === 'closed' || subject.state === 'none'
    ? undefined
    : soonest([standingWake(subject), restOver(subject)]);
}

/** When a case that stands as decided has to be looked at again: its hold ends, it is past due, or a question expires. */
function standingWake(subject: Case): Date | undefined {
  const { state, data } = subject;
  const times = [
    state === 'held' ? data.hold?.until : undefined,
    canBePastDue(subject) && data.escalated?.includes('past-due') !== true ? data.due?.at : undefined,
    state === 'awaiting-decision' ? data.asked?.expires : undefined,
  ];
  return soonest(times.map((time) => (time === undefined ? undefined : new Date(time))));
}

/**
 * True if somebody has to answer for a case in time. A kept permission and a change that is being made have no such
 * time.
 */
export function canBePastDue({ state, data }: Case): boolean {
  const isOver = state === 'none' || state === 'closed' || state === 'changing';
  return !isOver && !(state === 'held' && data.hold?.reason === 'exempt');
}

/** True if a case has to be looked at now though no event names it. */
export function isDue(subject: Case, now: Date): boolean {
  const due = dueAt(subject);
  return due !== undefined && due <= now;
}

/** The soonest moment at which one of the cases is due. A case that is due already and stays as it is rests first. */
export function soonestDue(cases: Iterable<Case>, now: Date): Date | undefined {
  const rested = new Date(now.getTime() + stillDueMs);
  return soonest([...cases].map(dueAt).map((due) => (due === undefined || due > now ? due : rested)));
}
