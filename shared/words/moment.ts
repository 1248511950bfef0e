import { DateTime } from 'luxon';

/** A moment for people, such as `24 Nov 2026 20:15 UTC`. */
export function moment(time: number | string | Date): string {
  const options = { zone: 'utc', locale: 'en' } as const;
  const at =
    typeof time === 'string' ? DateTime.fromISO(time, options) : DateTime.fromMillis(Number(time), options);
  return at.isValid ? at.toFormat("d LLL yyyy HH:mm 'UTC'") : 'a time that cannot be read';
}
