import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { defined } from '../defined.ts';
import type { ClockBounds } from './clock-bounds.ts';
import { fitInOneRow, withRoots } from './swept-roots.ts';

const time = z.string();

/** The reason for a failure: one of our error codes, and the Azure action that was refused, if there is one. */
const Failure = z.strictObject({ code: z.string(), action: z.string().optional() });
export type SweepFailure = z.infer<typeof Failure>;

/** The progress of a sweep in one subscription. */
const Progress = z.strictObject({
  isWalked: z.boolean(),
  /** Start of the next page, as Resource Graph gave it; absent at the beginning. */
  cursor: z.string().optional(),
  /** Set once a cursor was refused and the walk began again: that happens only once. */
  restarted: z.literal(true).optional(),
  /** The last root of the pages done before that restart: everything up to it is counted and its looks are sent. */
  doneUpTo: z.string().optional(),
  /** Number of resources that Resource Graph showed, by lower-case type. */
  seen: z.record(z.string(), z.int()),
  /** Number of roots that were put on the queue. */
  looks: z.int(),
  /** When the last of those looks is due. */
  lastLookAt: time.optional(),
  /** Time of the next call, by quota. */
  lanes: z.record(z.string(), time),
  /** Since when the walk makes no progress. */
  failingSince: time.optional(),
  /** Why the walk was given up, or could not list the subscription. */
  failure: Failure.optional(),
  /** The roots that the walk read; absent if they are too many to be remembered. */
  read: z.string().optional(),
});
export type SweepProgress = z.infer<typeof Progress>;

/** Basis of the judgements of a sweep; kept only if it was the same from beginning to end. */
const Basis = z.strictObject({ controls: z.array(z.string()), policy: z.string(), hasOff: z.boolean() });
export type SweepBasis = z.infer<typeof Basis>;

/** The roots of one subscription that a sweep read, when it covered all of it. */
const Swept = z.strictObject({ startedAt: time, basis: Basis, read: z.string() });
export type Swept = z.infer<typeof Swept>;

/** One sweep: the subscriptions to walk, and its progress. Times are ISO 8601. */
export const SweepRun = z.strictObject({
  run: z.string(),
  startedAt: time,
  completedAt: time.optional(),
  /** Progress by subscription id. */
  subscriptions: z.record(z.string(), Progress),
  basis: Basis.optional(),
  /** The last whole walk of each subscription, by its id. */
  swept: z.record(z.string(), Swept).optional(),
  /** The process that walks, and until when nobody else may. */
  claim: z.strictObject({ id: z.string(), until: time }).optional(),
});
export type SweepRun = z.infer<typeof SweepRun>;

/** Longest life of a sweep. It then ends and tells what it did not see. */
export const longestSweepMs = 24 * 60 * 60_000;
/** Looks are paced: this is the longest time between two of them. */
const longestTurnMs = 60_000;

/**
 * A run with its times bounded. A claim that Leakstop cannot have given is none, and looks are due no later than
 * their number allows, within the longest life of a sweep.
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

/** A sweep that has seen nothing yet. It remembers what the sweep before it read. */
export function newSweep(
  run: string,
  startedAt: string,
  subscriptions: readonly string[],
  { basis, before }: { readonly basis?: SweepBasis; readonly before?: SweepRun | undefined } = {},
): SweepRun {
  const progress = (): SweepProgress => ({ isWalked: false, seen: {}, looks: 0, lanes: {}, read: '' });
  return {
    run,
    startedAt,
    subscriptions: Object.fromEntries(subscriptions.map((id) => [id, progress()])),
    ...defined({ basis, swept: before?.swept }),
  };
}

/** Notes roots that a walk read. Roots that do not fit into the row with all others are not remembered. */
export function noteRead(run: SweepRun, progress: SweepProgress, roots: readonly string[]): void {
  if (progress.read === undefined) {
    return;
  }
  const before = progress.read;
  progress.read = withRoots(before, roots);
  const all = Object.values(run.subscriptions).map(({ read = '' }) => read);
  if (!fitInOneRow(all)) {
    delete progress.read;
  }
}

/** Keeps what a sweep read in the subscriptions that it covered, for the drift that later looks find there. */
export function keepSwept(run: SweepRun, covered: ReadonlySet<string>, basis: SweepBasis): void {
  const isSame = isDeepStrictEqual(run.basis, basis);
  const swept = Object.entries(run.subscriptions).flatMap(([id, { read }]): [string, Swept][] => {
    const now =
      isSame && covered.has(id) && read !== undefined ? { startedAt: run.startedAt, basis, read } : undefined;
    const last = now ?? run.swept?.[id];
    return last === undefined ? [] : [[id, last]];
  });
  run.swept = Object.fromEntries(swept);
  Object.values(run.subscriptions).forEach((progress) => {
    delete progress.read;
  });
}
