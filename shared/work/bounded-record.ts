import { defined } from '../defined.ts';
import type { ClockBounds } from './clock-bounds.ts';
import type { WorkRecord } from './work-record.ts';
import type { WorkSettings } from './work-rules.ts';

/** More attempts in a row make no difference. */
const mostAttempts = 1_000;

/**
 * A record as far as it can be believed. An observation in the future is forgotten, which costs a read; a claim that
 * Leakstop cannot have given has run out; a pause after a fault is no longer than Leakstop's own pauses.
 */
export function boundedRecord(record: WorkRecord, bounds: ClockBounds, settings: WorkSettings): WorkRecord {
  const { observedAt, wakeAt, claim, ...others } = record;
  const now = bounds.within('', 0);
  const attempts = Math.min(record.attempts, mostAttempts);
  const seenAt = bounds.past(observedAt);
  const longestWaitMs = attempts > 0 ? settings.longestPauseInMs : Infinity;
  return {
    ...others,
    attempts,
    notes: record.notes
      .filter(({ number }) => number <= record.wanted)
      .map(({ number, note }) => ({ number, note: { ...note, time: bounds.past(note.time) ?? now } })),
    observed: Object.fromEntries(
      Object.entries(record.observed).flatMap(([id, at]) => {
        const seen = bounds.past(at);
        return seen === undefined ? [] : [[id, seen]];
      }),
    ),
    writes: record.writes.filter(({ at }) => bounds.past(at) !== undefined),
    touchedAt: bounds.past(record.touchedAt) ?? now,
    ...defined({ observedAt: seenAt }),
    ...(wakeAt === undefined ? {} : { wakeAt: bounds.within(wakeAt, longestWaitMs) }),
    ...(claim === undefined
      ? {}
      : {
          claim: {
            ...claim,
            wanted: Math.min(claim.wanted, record.wanted),
            until: bounds.claim(claim, settings.claimInMs)?.until ?? new Date(0).toISOString(),
          },
        }),
  };
}
