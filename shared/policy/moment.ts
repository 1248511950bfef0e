import { DateTime } from 'luxon';

const dayMs = 24 * 60 * 60_000;
const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 60 * 60_000, d: dayMs };

/** A day, or a time with its offset. A day begins at 00:00 UTC. */
const momentPattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

export function isMoment(text: string): boolean {
  return momentPattern.test(text) && DateTime.fromISO(text, { zone: 'utc' }).isValid;
}

/** The moment in milliseconds since 1970. The text must satisfy {@link isMoment}. */
export function momentOf(text: string): number {
  return DateTime.fromISO(text, { zone: 'utc' }).toMillis();
}

/** The length of a time such as `30m`, `4h` or `3d`, or undefined for any other text. */
export function durationMs(text: string): number | undefined {
  const [, count, unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const ms = unitMs[unit];
  return count === undefined || ms === undefined ? undefined : Number(count) * ms;
}

/** Days between two moments, fractions included. */
export function daysBetween(from: string, until: string): number {
  return (momentOf(until) - momentOf(from)) / dayMs;
}
