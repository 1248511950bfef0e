import { z } from 'zod';
import { defined } from '../defined.ts';
import type { ClockBounds } from './clock-bounds.ts';

const time = z.string();

/** Why something could not be done: a code of ours, and the Azure action that was refused where there is one. */
const Failure = z.strictObject({ code: z.string(), action: z.string().optional() });
export type SweepFailure = z.infer<typeof Failure>;

/** How far a sweep is with one subscription. */
const Progress = z.strictObject({
  isWalked: z.boolean(),
  /** Where the next page begins, in Resource Graph's own words; absent at the beginning. */
  cursor: z.string().optional(),
  /** Whether a cursor was refused, so that the walk began again: it does so once. */
  restarted: z.literal(true).optional(),
  /** The last root of the pages that were done before that: up to it everything is counted and its looks are sent. */
  doneUpTo: z.string().optional(),
  /** Resources that Resource Graph showed, by lower-case type. */
  seen: z.record(z.string(), z.int()),
  /** Roots that were put on the queue to be read. */
  looks: z.int(),
  /** When the last of them is due. */
  lastLookAt: time.optional(),
  /** By quota: when its next call may be. */
  lanes: z.record(z.string(), time),
  /** Since when the walk does not get on. */
  failingSince: time.optional(),
  /** Why it was given up, or could not list the subscription. */
  failure: Failure.optional(),
});
export type SweepProgress = z.infer<typeof Progress>;

/** One sweep: what it has to walk, and how far it is. Times are ISO 8601. */
export const SweepRun = z.strictObject({
  run: z.string(),
  startedAt: time,
  completedAt: time.optional(),
  /** By id of the subscription. */
  subscriptions: z.record(z.string(), Progress),
  /** Who walks, and until when nobody else may. */
  claim: z.strictObject({ id: z.string(), until: time }).optional(),
});
export type SweepRun = z.infer<typeof SweepRun>;

/** A sweep that is not done by then ends, and tells what it did not see, in milliseconds after its start. */
export const longestSweepMs = 24 * 60 * 60_000;
/** Looks are paced: so far apart are two of them at most, in milliseconds. */
const longestTurnMs = 60_000;

/**
 * A run as far as its times may be believed: a claim that we cannot have given is none, and looks are due when as many of them
 * can be, within the longest time that a sweep has.
 */
export function boundedRun(run: SweepRun, bounds: ClockBounds, claimMs: number): SweepRun {
  const { claim, completedAt, ...others } = run;
  const now = bounds.within('', 0);
  const held = bounds.claim(claim, claimMs);
  const subscriptions = Object.entries(run.subscriptions).map(
    ([id, progress]) => [id, boundedProgress(progress, bounds, now)] as const,
  );
  return {
    ...others,
    startedAt: bounds.past(run.startedAt) ?? now,
    subscriptions: Object.fromEntries(subscriptions),
    ...(completedAt === undefined ? {} : { completedAt: bounds.past(completedAt) ?? now }),
    ...defined({ claim: held }),
  };
}

function boundedProgress(progress: SweepProgress, bounds: ClockBounds, now: string): SweepProgress {
  const { lastLookAt, failingSince, lanes, ...others } = progress;
  const longest = Math.min(longestSweepMs, Math.max(0, progress.looks) * longestTurnMs);
  return {
    ...others,
    lanes: Object.fromEntries(Object.entries(lanes).map(([lane, at]) => [lane, bounds.within(at, longest)])),
    ...(lastLookAt === undefined ? {} : { lastLookAt: bounds.within(lastLookAt, longest) }),
    ...(failingSince === undefined ? {} : { failingSince: bounds.past(failingSince) ?? now }),
  };
}

/** A sweep that has not seen anything yet. */
export function newSweep(run: string, startedAt: string, subscriptions: readonly string[]): SweepRun {
  const progress = (): SweepProgress => ({ isWalked: false, seen: {}, looks: 0, lanes: {} });
  return { run, startedAt, subscriptions: Object.fromEntries(subscriptions.map((id) => [id, progress()])) };
}
