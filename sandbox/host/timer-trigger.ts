import { CronExpressionParser } from 'cron-parser';
import type { HostApp, LoadedFunction } from './app.ts';
import type { TypedData } from './contract.ts';
import type { Listener } from './queue-trigger.ts';

/** A schedule of six fields, in UTC. */
export interface Schedule {
  /** The first moment of the schedule after `time`. */
  next(time: Date): Date;
}

const longestTimerMs = 2 ** 31 - 1;

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

/** What a timer function is given. The status is kept for schedules of a minute and more only. */
export function timerInfo(schedule: Schedule, last: Date | undefined, now: Date): TypedData {
  const next = schedule.next(now);
  const periodMs = schedule.next(next).getTime() - next.getTime();
  const lastRun = last ?? new Date(-62_135_596_800_000);
  const status =
    periodMs < 60_000
      ? null
      : { Last: lastRun.toISOString(), LastUpdated: lastRun.toISOString(), Next: next.toISOString() };
  return {
    json: JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: status, IsPastDue: false }),
  };
}

/** Runs a timer function by its schedule, one run after the other. */
export function listenToTimer(app: HostApp, target: LoadedFunction): Listener {
  const schedule = parseSchedule(target.trigger.schedule ?? '');
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let last: Date | undefined;
  let isStopped = false;
  const run = async (): Promise<void> => {
    const now = new Date();
    // A throw has been logged; the next tick runs all the same.
    await app.invoke(target, timerInfo(schedule, last, now)).catch(() => undefined);
    last = now;
    plan(schedule.next(new Date()));
  };
  const plan = (due: Date): void => {
    if (isStopped) {
      return;
    }
    const wait = Math.max(due.getTime() - Date.now(), 0);
    timer = setTimeout(
      () => {
        // A timer may end a little before its time, and must not run twice for one tick.
        if (due.getTime() > Date.now()) {
          plan(due);
        } else {
          running = run();
        }
      },
      Math.min(wait, longestTimerMs),
    );
  };
  if (target.trigger.runOnStartup === true) {
    running = run();
  } else {
    plan(schedule.next(new Date()));
  }
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
