import { timestamp } from '../../clock.ts';
import { RemediationError } from '../../errors.ts';
import { safeCause } from '../../text/safe-cause.ts';
import type { SweepProgress, SweepRun } from '../../work/sweep-run.ts';
import { longestSweepMs, newSweep, noteRead } from '../../work/sweep-run.ts';
import type { Engine } from '../engine.ts';
import type { SweepHold, SweepStore } from '../../work/sweep-store.ts';
import { basisOf } from './basis.ts';
import { completeSweep } from './complete-sweep.ts';
import { unendedLooks } from './look-queue.ts';
import { failureOf } from './one-walk.ts';
import type { SweepParts } from './sweep-parts.ts';
import { walkSubscription } from './walk.ts';

/**
 * The end of a call. `nothing-to-do`: no sweep is under way, or another process walks. `walking`: pages are left.
 * `looking`: everything is walked, and not every look is due yet.
 */
export type SweepOutcome = 'nothing-to-do' | 'walking' | 'looking' | 'completed';

/** Longest time for the walks of one call. */
const walkMs = 240_000;
/** Subscriptions that are walked side by side. */
const mostAtOnce = 4;
/** A walk without progress for this long is reported as a gap: the other walks need not wait for it. */
const patienceMs = 30 * 60_000;
/** Further time for looks that have not ended when the sweep is settled. */
const lateMs = 10 * 60_000;
/** Time for the work on the last look after it was due, before the sweep reports its findings. */
const settleMs = 20_000;

/** Begins a sweep. If the last one is unfinished, goes on with that one. */
export function beginSweep(parts: SweepParts): Promise<SweepOutcome> {
  const { clock } = parts.engine;
  const basis = basisOf(parts.engine);
  return goOn(parts, (before) =>
    newSweep(clock.uuid(), timestamp(clock), parts.subscriptions, { basis, before }),
  );
}

/** Goes on with an unfinished sweep: after a crash, a fault, or when looks were not due yet. */
export function resumeSweep(parts: SweepParts): Promise<SweepOutcome> {
  return goOn(parts, undefined);
}

async function goOn(parts: SweepParts, begin: Parameters<SweepStore['claim']>[0]): Promise<SweepOutcome> {
  const hold = await parts.sweeps.claim(begin);
  if (hold === undefined) {
    return 'nothing-to-do';
  }
  const progresses = Object.values(hold.run.subscriptions);
  const isOver = parts.engine.clock.now().getTime() - Date.parse(hold.run.startedAt) >= longestSweepMs;
  if (isOver) {
    giveUpWalks(progresses);
  } else {
    await walkAll(parts, hold);
  }
  if (progresses.some(({ isWalked }) => !isWalked)) {
    await hold.release();
    return 'walking';
  }
  if (!isOver && (await isLooking(parts, hold.run))) {
    await hold.release();
    return 'looking';
  }
  await completeSweep(parts, hold);
  await parts.keepNames?.();
  return 'completed';
}

/** Walks that did not end within the longest time of a sweep are reported as gaps. */
function giveUpWalks(progresses: readonly SweepProgress[]): void {
  for (const progress of progresses.filter(({ isWalked }) => !isWalked)) {
    progress.failure ??= { code: 'not-finished' };
    progress.isWalked = true;
  }
}

/** True if looks are not due yet, or have not ended. Looks that do not end in time are reported as gaps. */
async function isLooking({ engine, sweeps }: SweepParts, { run, subscriptions }: SweepRun): Promise<boolean> {
  const now = engine.clock.now().getTime();
  const settled = settledAt(Object.values(subscriptions)).getTime();
  return now < settled || (now < settled + lateMs && (await unendedLooks(sweeps, run)).length > 0);
}

/** Walks the remaining subscriptions, several side by side; a walk that fails stops no other. */
async function walkAll(parts: SweepParts, hold: SweepHold): Promise<void> {
  const left = Object.entries(hold.run.subscriptions).filter(([, { isWalked }]) => !isWalked);
  const until = new Date(parts.engine.clock.now().getTime() + walkMs);
  const save = oneByOne(() => hold.save());
  const walkNext = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      await walkOne(parts, hold, next, { save, until });
    }
  };
  await Promise.all(Array.from({ length: mostAtOnce }, walkNext));
}

async function walkOne(
  { engine, queue, graph, escalateDue }: SweepParts,
  hold: SweepHold,
  [subscription, progress]: readonly [string, SweepProgress],
  { save, until }: { readonly save: () => Promise<void>; readonly until: Date },
): Promise<void> {
  try {
    const { run } = hold;
    const read = (roots: readonly string[]): void => {
      noteRead(run, progress, roots);
    };
    await walkSubscription({
      ...{ engine, queue, graph, run: run.run, subscription, progress },
      ...{ read, save, until },
    });
  } catch (error) {
    noteFailure(engine, subscription, progress, error);
    await save();
  }
  if (progress.isWalked && escalateDue !== undefined) {
    await escalate(engine, subscription, escalateDue);
  }
}

/** The next call tries again, until patience ends: then the sweep reports the gap and its reason. */
function noteFailure(
  { clock, logger }: Engine,
  subscription: string,
  progress: SweepProgress,
  error: unknown,
): void {
  logger.warning('Sweep put off', { subscription, reason: safeCause(error).message });
  progress.failingSince ??= timestamp(clock);
  if (clock.now().getTime() - Date.parse(progress.failingSince) >= patienceMs) {
    progress.failure = error instanceof RemediationError ? failureOf(error) : { code: 'internal-error' };
    progress.isWalked = true;
  }
}

async function escalate(
  engine: Engine,
  subscription: string,
  escalateDue: NonNullable<SweepParts['escalateDue']>,
): Promise<void> {
  try {
    await escalateDue(engine, subscription);
  } catch (error) {
    engine.logger.warning('Escalation put off', { subscription, reason: safeCause(error).message });
  }
}

function settledAt(progresses: readonly SweepProgress[]): Date {
  const due = progresses.map(({ lastLookAt }) =>
    lastLookAt === undefined ? 0 : Date.parse(lastLookAt) + settleMs,
  );
  return new Date(Math.max(0, ...due));
}

/** Calls wait for each other: they change one row under one ETag. */
function oneByOne(act: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(act, act);
    return last;
  };
}
