import type { JsonObject } from '../contract/json.ts';

/** A store of writes that fills up again. */
export interface ReserveLimits {
  /** Most writes at once. */
  readonly capacity: number;
  /** Writes that it regains in an hour. */
  readonly perHour: number;
}

const hourMs = 60 * 60_000;

/** The writes that are left of a chain's reserve, as the head's data counts them. Data that cannot be read counts as full use. */
export function reserveLeft(
  { reserve }: JsonObject,
  now: Date,
  { capacity, perHour }: ReserveLimits,
): number {
  if (reserve === undefined) {
    return capacity;
  }
  const { left, at } = (typeof reserve === 'object' && reserve !== null ? reserve : {}) as JsonObject;
  const since = Date.parse(typeof at === 'string' ? at : '');
  if (typeof left !== 'number' || Number.isNaN(since)) {
    return 0;
  }
  // A moment ahead of ours comes from the clock of another host.
  const regained = (Math.max(0, now.getTime() - since) * perHour) / hourMs;
  return Math.min(capacity, Math.max(0, left) + regained);
}

/** When so many writes are left. */
export function reserveFullAt(left: number, wanted: number, now: Date, { perHour }: ReserveLimits): Date {
  return new Date(now.getTime() + Math.ceil((Math.max(0, wanted - left) * hourMs) / perHour));
}
