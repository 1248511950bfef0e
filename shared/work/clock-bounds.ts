import type { Clock } from '../clock.ts';

/**
 * Times in rows that anybody who can write the table may have written. None of them is believed further than a row of ours
 * could say it, by our own clock: so no row keeps anybody waiting for longer than we would wait ourselves.
 */
export interface ClockBounds {
  /** A time that has been: undefined for what is none, or lies further ahead than clocks differ. ISO 8601. */
  past(time: string | undefined): string | undefined;
  /** A time ahead, at most so many milliseconds from now; what is no time is now. ISO 8601. */
  within(time: string, milliseconds: number): string;
  /** A claim that may hold for so many milliseconds: undefined for one that we cannot have given. */
  claim<C extends { readonly until: string }>(claim: C | undefined, milliseconds: number): C | undefined;
}

/** Clocks of two machines may differ by so much, in milliseconds. */
export const clockSkewMs = 5 * 60_000;
/** Texts of times sort as the times do up to here. */
const lastSortable = Date.parse('9999-12-31T23:59:59.999Z');

export function clockBounds(clock: Pick<Clock, 'now'>): ClockBounds {
  const now = clock.now().getTime();
  return {
    past: (time) => {
      const at = Date.parse(time ?? '');
      return at <= now + clockSkewMs ? new Date(Math.min(at, now)).toISOString() : undefined;
    },
    within: (time, milliseconds) => {
      const at = Date.parse(time);
      const last = Math.min(now + milliseconds, lastSortable);
      return new Date(Number.isNaN(at) ? now : Math.max(0, Math.min(at, last))).toISOString();
    },
    claim: (claim, milliseconds) => {
      const until = Date.parse(claim?.until ?? '');
      return until <= now + milliseconds + clockSkewMs ? claim : undefined;
    },
  };
}
