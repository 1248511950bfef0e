import type { Clock } from '../clock.ts';

/**
 * Bounds times in rows, which anybody who can write the table may have written. By our own clock, no time is believed
 * beyond what Leakstop itself could have written, so no row delays work for longer than Leakstop would wait.
 */
export interface ClockBounds {
  /** A past time, ISO 8601. Undefined for a text that is no time, or that lies further ahead than clocks differ. */
  past(time: string | undefined): string | undefined;
  /** A future time, ISO 8601, limited to this long from now. A text that is no time counts as now. */
  within(time: string, milliseconds: number): string;
  /** A claim that lasts this long at most. Undefined for a claim that Leakstop cannot have given. */
  claim<C extends { readonly until: string }>(claim: C | undefined, milliseconds: number): C | undefined;
}

/** Largest assumed difference between the clocks of two machines. */
export const clockSkewMs = 5 * 60_000;
/** Up to here, texts of times sort as the times do. */
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
