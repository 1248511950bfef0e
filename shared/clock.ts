import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** The only source of time, waiting and randomness. Injected, so that tests decide all three. */
export interface Clock {
  now(): Date;
  /** Resolves after the given time; rejects with the signal's reason when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
  /** A random UUID, version 4. */
  uuid(): string;
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds, signal) => {
    await delay(milliseconds, undefined, signal ? { signal } : {});
  },
  random: () => Math.random(),
  uuid: () => randomUUID(),
};

/** ISO 8601 with milliseconds, the form in which every time is stored. */
export function timestamp(clock: Clock): string {
  return clock.now().toISOString();
}
