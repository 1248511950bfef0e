import type { Observer } from '../../contract/observer.ts';
import { timestamp } from '../../clock.ts';
import { isTransient, RemediationError } from '../../errors.ts';
import type { WorkQueue } from '../../work/queue.ts';
import { safeCause } from '../../text/safe-cause.ts';
import type { ResourceId } from '../../resource-id.ts';
import { parseResourceId } from '../../resource-id.ts';
import { baselineOf, holdsUnder } from '../../case/baseline.ts';
import type { Engine } from '../engine.ts';
import type { Reconciled } from './reconcile.ts';
import { reconcile } from './reconcile.ts';
import { closeListable, reportUnlistable } from '../pass/listable.ts';
import { recordUnobservable } from '../pass/record-fault.ts';

/** The end of a run: an `unfinished` baseline goes on where it stopped when the function is called again. */
export type BaselineRun =
  | { readonly kind: 'not-needed' }
  | { readonly kind: 'completed'; readonly roots: number }
  | { readonly kind: 'unfinished'; readonly roots: number; readonly left: number };

/** Longest time for one run. */
const runMs = 240_000;

/**
 * Roots that a process has dealt with in an unfinished baseline, by subscription. Losing the progress costs reads, no
 * truth.
 */
const progress = new Map<string, Progress>();

interface Progress {
  readonly run: string;
  readonly startedAt: string;
  readonly done: Set<string>;
  /** Runs in which a root could not be dealt with, by lower-case id. */
  readonly failures: Map<string, number>;
  /** True if a run is under way in this process: a second run would only find the roots of the first one busy. */
  isRunning: boolean;
}

/**
 * Looks at everything in a subscription once, so that drift that opens later is known to be new. Drift that the
 * baseline finds is recorded and held: it was not witnessed. The baseline runs again when the catalogue has controls
 * that the last one lacked.
 */
export async function takeBaseline(
  engine: Engine,
  queue: WorkQueue,
  subscriptionId: string,
): Promise<BaselineRun> {
  const subscription = parseResourceId(`/subscriptions/${subscriptionId}`);
  const view = await engine.ledger.readRoot(subscriptionId, subscription.key);
  const controls = watchedControls(engine);
  const known = baselineOf(view.head);
  const isCovered = controls.every((control) => known?.controls.includes(control) === true);
  if (known !== undefined && isCovered && holdsUnder(known, engine.policy)) {
    return { kind: 'not-needed' };
  }
  const state = progress.get(subscriptionId) ?? {
    run: engine.clock.uuid(),
    startedAt: timestamp(engine.clock),
    done: new Set(),
    failures: new Map(),
    isRunning: false,
  };
  if (state.isRunning) {
    return { kind: 'unfinished', roots: state.done.size, left: 1 };
  }
  progress.set(subscriptionId, state);
  state.isRunning = true;
  try {
    const until = new Date(engine.clock.now().getTime() + runMs);
    return await runBaseline({ engine, queue, subscription, state, until }, controls);
  } finally {
    state.isRunning = false;
  }
}

/** One run over one subscription. */
interface Run {
  readonly engine: Engine;
  readonly queue: WorkQueue;
  readonly subscription: ResourceId;
  readonly state: Progress;
  /** No root is begun after this moment. */
  readonly until: Date;
}

async function runBaseline(run: Run, controls: readonly string[]): Promise<BaselineRun> {
  const { engine, subscription, state } = run;
  let left = 0;
  try {
    for (const observer of engine.observers) {
      left += await lookAtAll(run, observer);
    }
  } catch (error) {
    if (!(error instanceof RemediationError) || isTransient(error)) {
      throw error;
    }
    await reportUnlistable(engine, subscription, error);
    return { kind: 'unfinished', roots: state.done.size, left: 1 };
  }
  if (left > 0) {
    return { kind: 'unfinished', roots: state.done.size, left };
  }
  await complete(engine, subscription, state, controls);
  progress.delete(subscription.subscriptionId);
  return { kind: 'completed', roots: state.done.size };
}

/**
 * Every control of the catalogue. If a rule turns a control off, nobody looks, but rules differ between resources: the
 * baseline remembers the policy under which it was taken (`holdsUnder`).
 */
function watchedControls({ remediators }: Engine): readonly string[] {
  return remediators.map(({ meta }) => meta.id);
}

/** Looks at every root that has not been dealt with; returns the number of remaining roots. */
async function lookAtAll(
  { engine, queue, subscription, state, until }: Run,
  observer: Observer,
): Promise<number> {
  let left = 0;
  // The list is read page by page: no body is older than the start of the list.
  const at = engine.clock.now();
  for await (const body of observer.list(subscription.subscriptionId, until)) {
    const key = body.id.toLowerCase();
    if (state.done.has(key)) {
      continue;
    }
    if (engine.clock.now() >= until) {
      left += 1;
      continue;
    }
    const note = {
      id: `baseline:${state.run}:${key}`,
      time: timestamp(engine.clock),
      resource: body.id,
      source: 'baseline',
    } as const;
    const request = { format: 1, root: body.id, note, postponed: 0 } as const;
    const outcome = await dealWith(engine, () =>
      reconcile(engine, queue, request, { body, isComplete: true, at }),
    );
    if (outcome === 'done' || (await isGivenUp(engine, body.id, state, outcome))) {
      state.done.add(key);
    } else {
      left += 1;
    }
  }
  return left;
}

/** Runs after which a root that cannot be read no longer keeps the rest of its subscription waiting. */
const mostFailures = 3;

/**
 * `busy`: other work on the root is under way, and the next run finds it done. An error is the reason why the root
 * could not be dealt with.
 */
async function dealWith(
  { logger }: Engine,
  act: () => Promise<Reconciled>,
): Promise<'done' | 'busy' | RemediationError> {
  try {
    const reconciled = await act();
    switch (reconciled.kind) {
      case 'done':
      case 'known':
        return 'done';
      case 'busy':
        return 'busy';
      case 'postponed':
        return reconciled.error;
    }
  } catch (error) {
    const reason = safeCause(error).message;
    logger.error('A root is left for the next run of the baseline', { reason });
    return error instanceof RemediationError ? error : new RemediationError('internal-error', reason);
  }
}

/**
 * One root that keeps failing must not leave its whole subscription without a baseline. After some runs a case says
 * that the root cannot be observed; the case also keeps drift that is found on the root later from counting as
 * witnessed.
 */
async function isGivenUp(
  engine: Engine,
  id: string,
  { failures }: Progress,
  outcome: 'busy' | RemediationError,
): Promise<boolean> {
  // While its row rests between two attempts the root is only busy: that counts once the root has failed.
  const key = id.toLowerCase();
  const before = failures.get(key) ?? 0;
  if (outcome === 'busy' && before === 0) {
    return false;
  }
  failures.set(key, before + 1);
  if (before + 1 < mostFailures) {
    return false;
  }
  const error =
    outcome === 'busy'
      ? new RemediationError('azure-unavailable', `Cannot read "${id}": it failed again and again`)
      : outcome;
  await recordUnobservable(engine, parseResourceId(id), error);
  return true;
}

async function complete(
  engine: Engine,
  subscription: ResourceId,
  { startedAt, done }: { startedAt: string; done: ReadonlySet<string> },
  controls: readonly string[],
): Promise<void> {
  const { name: policy, hasOff } = engine.policy;
  const completedAt = timestamp(engine.clock);
  const baseline = { startedAt, completedAt, controls: [...controls].sort(), policy, hasOff };
  await closeListable(engine, subscription);
  await engine.ledger.append({
    chain: subscription.subscriptionId,
    entries: [
      {
        kind: 'baseline-completed',
        body: {
          resource: subscription.key,
          actor: { kind: 'leakstop' },
          payload: { ...baseline, roots: done.size },
        },
      },
    ],
    cases: [],
    head: { baseline },
  });
}
