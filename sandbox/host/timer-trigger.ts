import type { HostApp, LoadedFunction } from './app.ts';
import { hasHostStorage } from './host-storage.ts';
import type { HostStorage, ScheduleStatus } from './host-storage.ts';
import { ListenerLock } from './listener-lock.ts';
import type { Listener } from './queue-trigger.ts';
import { isMonitored, isPastDue, parseSchedule, statusAfter, timerInfo } from './schedule.ts';
import type { Schedule } from './schedule.ts';

const longestTimerMs = 2 ** 31 - 1;

/**
 * Runs a timer function by its schedule, on the one instance of the app that holds its lock. Without storage of its
 * own the host runs only timers whose state it does not keep; the others have no listener, and it goes on.
 */
export function listenToTimer(app: HostApp, target: LoadedFunction): Listener {
  const schedule = parseSchedule(target.trigger.schedule ?? '');
  const timer = new Timer(app, target, schedule);
  const complain = (message: string): void =>
    app.log({ level: 'error', category: 'host', message, functionName: target.name });
  if (!hasHostStorage(app.appSettings)) {
    if (isMonitored(schedule)) {
      complain(
        `The listener for function "Functions.${target.name}" was unable to start: no AzureWebJobsStorage`,
      );
    } else {
      void timer.start();
    }
    return { stop: () => timer.stop() };
  }
  const lock = new ListenerLock(app.storage, target.name, {
    onGained: () => timer.start(),
    onLost: () => timer.stop(),
    onTrouble: complain,
  });
  return {
    stop: async () => {
      await timer.stop();
      await lock.stop();
    },
  };
}

/** One run after the other. */
class Timer {
  readonly #app: HostApp;
  readonly #target: LoadedFunction;
  readonly #schedule: Schedule;
  /** Where the state of the schedule is kept; undefined for schedules of which none is. */
  readonly #monitor: HostStorage | undefined;
  #status: ScheduleStatus | undefined;
  #timeout: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = true;

  constructor(app: HostApp, target: LoadedFunction, schedule: Schedule) {
    this.#app = app;
    this.#target = target;
    this.#schedule = schedule;
    this.#monitor = isMonitored(schedule) ? app.storage : undefined;
  }

  /** Begins with a run where one was missed, or where the function asks for one. */
  async start(): Promise<void> {
    const known = await this.#monitor?.readStatus(this.#target.name);
    const isLate = known !== undefined && isPastDue(this.#schedule, known);
    this.#status = known ?? (await this.#keep(undefined));
    this.#isStopped = false;
    if (isLate || this.#target.trigger.runOnStartup === true) {
      this.#running = this.#run(isLate);
    } else {
      this.#plan();
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timeout);
    await this.#running;
  }

  async #run(isLate: boolean): Promise<void> {
    const begun = new Date();
    // A throw has been logged; the next tick runs all the same.
    await this.#app.invoke(this.#target, timerInfo(this.#status, isLate)).catch(() => undefined);
    try {
      this.#status = await this.#keep(begun);
    } catch (error) {
      const message = `Cannot keep the schedule of "Functions.${this.#target.name}": ${String(error)}`;
      this.#app.log({ level: 'error', category: 'host', message, functionName: this.#target.name });
    }
    this.#plan();
  }

  async #keep(last: Date | undefined): Promise<ScheduleStatus | undefined> {
    if (this.#monitor === undefined) {
      return undefined;
    }
    const status = statusAfter(this.#schedule, last);
    await this.#monitor.writeStatus(this.#target.name, status);
    return status;
  }

  #plan(due = this.#schedule.next(new Date())): void {
    if (this.#isStopped) {
      return;
    }
    const wait = Math.max(due.getTime() - Date.now(), 0);
    this.#timeout = setTimeout(
      () => {
        // A timer may end a little before its time, and must not run twice for one tick.
        if (due.getTime() > Date.now()) {
          this.#plan(due);
        } else {
          this.#running = this.#run(false);
        }
      },
      Math.min(wait, longestTimerMs),
    );
  }
}
