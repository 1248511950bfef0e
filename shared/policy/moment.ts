import { DateTime } from 'luxon';

const dayMs = 24 * 60 * 60_000;
const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 60 * 60_000, d: dayMs };

/** A day, or a time with its offset. A day begins at 00:00 UTC. */
const momentPattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/;

export function isMoment(text: string): boolean {
  return momentPattern.test(text) && DateTime.fromISO(text, { zone: 'utc' }).isValid;
}

/** Of a text for which {@link isMoment} holds, in milliseconds since 1970. */
export function momentOf(text: string): number {
  return DateTime.fromISO(text, { zone: 'utc' }).toMillis();
}

/** A time such as `30m`, `4h` or `3d`, in milliseconds; undefined when the text is none. */
export function durationMs(text: string): number | undefined {
  const [, count, unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const ms = unitMs[unit];
  return count === undefined || ms === undefined ? undefined : Number(count) * ms;
}

/** From one moment to another in days, parts included. */
export function daysBetween(from: string, until: string): number {
  return (momentOf(until) - momentOf(from)) / dayMs;
}
