import { CronExpressionParser } from 'cron-parser';
import type { TypedData } from './contract.ts';
import type { ScheduleStatus } from './host-storage.ts';

/** A schedule of six fields, in UTC. */
export interface Schedule {
  /** The first moment of the schedule after `time`. */
  next(time: Date): Date;
}

/** Stands for a timer that never ran: the first moment that .NET knows. */
const never = new Date(-62_135_596_800_000);

/**
 * Reads an NCRONTAB expression: second, minute, hour, day, month, day of the week.
 *
 * @throws Error on anything else, which the real host would drop with a line in its log
 */
export function parseSchedule(expression: string): Schedule {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 6 || !fields.every((field) => /^[\dA-Za-z*,/-]+$/.test(field))) {
    throw new Error(`Cannot read schedule "${expression}": not six fields of NCRONTAB`);
  }
  if (!(fields[3] ?? '*').startsWith('*') && !(fields[5] ?? '*').startsWith('*')) {
    // NCRONTAB wants both to match, the parser either.
    throw new Error(`Cannot read schedule "${expression}": day and day of the week together`);
  }
  CronExpressionParser.parse(expression, { tz: 'UTC' });
  return {
    next: (time) => CronExpressionParser.parse(expression, { tz: 'UTC', currentDate: time }).next().toDate(),
  };
}

/** Whether the host keeps the state of a schedule: only where a minute or more lies between two runs. */
export function isMonitored(schedule: Schedule): boolean {
  const next = schedule.next(new Date());
  return schedule.next(next).getTime() - next.getTime() >= 60_000;
}

/** What the host writes down of a timer that ran at `last`, or never. */
export function statusAfter(schedule: Schedule, last: Date | undefined): ScheduleStatus {
  const now = new Date();
  return {
    Last: (last ?? never).toISOString(),
    Next: schedule.next(last ?? now).toISOString(),
    LastUpdated: (last ?? now).toISOString(),
  };
}

/** Whether a timer should have run by now: its last run, or the moment when it was first seen, is that long ago. */
export function isPastDue(schedule: Schedule, { Last, LastUpdated }: ScheduleStatus): boolean {
  const last = new Date(Last);
  const since = last.getTime() === never.getTime() ? new Date(LastUpdated) : last;
  return schedule.next(since).getTime() < Date.now();
}

/** What a timer function is given. */
export function timerInfo(status: ScheduleStatus | undefined, isLate: boolean): TypedData {
  return {
    json: JSON.stringify({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: status ?? null,
      IsPastDue: isLate,
    }),
  };
}
