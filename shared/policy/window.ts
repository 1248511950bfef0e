import { IANAZone } from 'luxon';
import type { WindowEntry } from './document.ts';

/** A window, ready to be asked. The wall clock of its zone decides, even while that clock is put forward or back. */
export interface CompiledWindow {
  readonly zone: IANAZone;
  /** Days on which the window opens; 0 is Sunday. */
  readonly days: ReadonlySet<number>;
  /** Times from midnight to the opening and to the closing, which may be on the next day. */
  readonly fromMs: number;
  readonly toMs: number;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** A window opens within a week, or a week later if the clock jumps over it. */
const horizonDays = 16;

export function compileWindow({ zone, days, from, to }: WindowEntry): CompiledWindow {
  const [fromMs, toMs] = [timeOfDayMs(from), timeOfDayMs(to)];
  return {
    zone: IANAZone.create(zone),
    days: new Set(days.map((day) => weekdays.indexOf(day))),
    fromMs,
    toMs: toMs <= fromMs ? toMs + dayMs : toMs,
  };
}

/** Time from midnight to `HH:MM`. */
export function timeOfDayMs(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return (hours * 60 + minutes) * minuteMs;
}

export function isOpen(window: CompiledWindow, at: number): boolean {
  return nextOpening(window, at) === at;
}

/** The first moment, from the given one on, at which the window is open. Undefined if none is in sight. */
export function nextOpening(window: CompiledWindow, from: number): number | undefined {
  let start = from;
  for (let step = 0; step < horizonDays * 2; step += 1) {
    const end = offsetHoldsUntil(window.zone, start);
    const opening = openingAtOffset(window, start, offsetMs(window.zone, start));
    if (opening < end) {
      return opening;
    }
    start = end;
  }
  return undefined;
}

/** The first opening if the zone never changed its offset. */
function openingAtOffset({ days, fromMs, toMs }: CompiledWindow, from: number, offset: number): number {
  const wall = from + offset;
  const today = Math.floor(wall / dayMs);
  for (let day = today - 1; day <= today + 8; day += 1) {
    // 1970-01-01 was a Thursday.
    const isDay = days.has((((day + 4) % 7) + 7) % 7);
    if (isDay && day * dayMs + toMs > wall) {
      return Math.max(day * dayMs + fromMs, wall) - offset;
    }
  }
  return Number.POSITIVE_INFINITY;
}

/** A day later, or the moment in between at which the zone's offset changes. */
function offsetHoldsUntil(zone: IANAZone, from: number): number {
  let [same, other] = [from, from + dayMs];
  const offset = offsetMs(zone, same);
  if (offsetMs(zone, other) === offset) {
    return other;
  }
  for (let step = 0; step < 40 && other - same > 1; step += 1) {
    const middle = Math.floor((same + other) / 2);
    [same, other] = offsetMs(zone, middle) === offset ? [middle, other] : [same, middle];
  }
  return other;
}

function offsetMs(zone: IANAZone, at: number): number {
  return zone.offset(at) * minuteMs;
}
