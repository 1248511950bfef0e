import type { ErrorCode } from '../../errors.ts';
import { isTransient, RemediationError } from '../../errors.ts';
import type { WorkQueue } from '../../work/queue.ts';
import type { ResourceId } from '../../resource-id.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { Claim, Outcome } from '../../work/work.ts';
import type { Observer } from '../../contract/observer.ts';
import type { Room } from '../guards/allowance.ts';
import { endlessRoom, roomIn } from '../guards/allowance.ts';
import type { Engine } from '../engine.ts';
import type { GivenBody, PassInput, PassResult } from '../pass/pass.ts';
import { pass } from '../pass/pass.ts';
import { recordFault } from '../pass/record-fault.ts';
import type { ReconcileRequest } from '../../work/request.ts';

/** How a message ended. `postponed`: the work is recorded and comes back by itself. */
export type Reconciled =
  | { readonly kind: 'done' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'known' }
  | { readonly kind: 'postponed'; readonly error: RemediationError };

/** Most passes for the notes of one claim: a race is tried again, and a budget, a child or a body may each ask for one. */
const mostPasses = 6;
/** Rounds under one claim while notes keep coming in. Then the row rests, so that a storm costs calls by the second. */
const mostRounds = 2;
const restMs = 1_000;
/** First wait after a transient error, and the longest, in milliseconds. */
const firstWaitMs = 2_000;
const longestWaitMs = 300_000;
/** Something that answered 404 is looked at again after so long, in milliseconds. */
const missingWaitMs = 15_000;
/** A root on which work failed for good is looked at again after so long, in milliseconds. */
const faultWaitMs = 15 * 60_000;

/** Claims the root, works until nothing is left to do now, and gives it back. */
export async function reconcile(
  engine: Engine,
  queue: WorkQueue,
  request: ReconcileRequest,
  given?: GivenBody,
): Promise<Reconciled> {
  const root = parseResourceId(request.root);
  const observer = engine.observers.find(({ type }) => type.toLowerCase() === root.type.toLowerCase());
  if (observer === undefined) {
    throw new RemediationError(
      'malformed-input',
      `Cannot look at "${root.text}": nothing observes "${root.type}"`,
    );
  }
  const begun = await engine.work.begin(root.key, request.note);
  if (begun.kind === 'busy') {
    await wakeAt(engine, queue, root, begun.wakeAt);
  }
  if (begun.kind !== 'claimed') {
    return { kind: begun.kind };
  }
  const body = given ?? bodyOf(request);
  return work(engine, queue, observer, root, begun.claim, body);
}

/** A notification's body was true when its event happened. */
function bodyOf({ body, note }: ReconcileRequest): GivenBody | undefined {
  return body === undefined || note === undefined
    ? undefined
    : { body, isComplete: false, at: new Date(note.time) };
}

async function work(
  engine: Engine,
  queue: WorkQueue,
  observer: Observer,
  root: ResourceId,
  first: Claim,
  given: GivenBody | undefined,
): Promise<Reconciled> {
  let claim = first;
  let body = given;
  for (let round = 1; ; round += 1) {
    let outcome: Outcome;
    try {
      outcome = await look(engine, observer, root, claim, body);
    } catch (error) {
      return postpone(engine, queue, root, claim, error);
    }
    const finished = await engine.work.finish(claim, outcome);
    if (finished.kind === 'released') {
      await wakeAt(engine, queue, root, outcome.wakeAt);
      return { kind: 'done' };
    }
    claim = finished.claim;
    body = undefined;
    if (round === mostRounds) {
      const at = new Date(engine.clock.now().getTime() + restMs);
      await engine.work.finish(claim, { failed: true, wakeAt: at });
      await wakeAt(engine, queue, root, at);
      return { kind: 'busy' };
    }
  }
}

/** What the passes under one claim have looked at. */
interface Looked {
  /** When the first look began: whatever was read later was read after it. */
  at: Date | undefined;
  readonly covered: Map<string, Date>;
  readonly writes: string[];
  isMissing: boolean;
}

/** Passes over one root until there is nothing more to do for the notes of this claim. */
async function look(
  engine: Engine,
  observer: Observer,
  root: ResourceId,
  claim: Claim,
  given: GivenBody | undefined,
): Promise<Outcome> {
  let input: PassInput = {
    engine,
    observer,
    root,
    claim,
    allChildren: false,
    room: endlessRoom,
    given,
    heedsOthers: true,
  };
  const looked: Looked = { at: undefined, covered: new Map(), writes: [], isMissing: false };
  for (let count = 0; count < mostPasses; count += 1) {
    const result = await pass(input);
    looked.at ??= result.startedAt;
    result.covered.forEach((at, id) => looked.covered.set(id, at));
    looked.writes.push(...result.writes);
    looked.isMissing ||= result.isMissing;
    if (result.again === undefined) {
      return outcomeOf(engine, result, looked);
    }
    input = {
      ...input,
      given: undefined,
      allChildren: input.allChildren || result.again === 'children',
      room: roomAfter(engine, input.room, result),
      // Whoever changes the drift itself without end is waited for once.
      heedsOthers: input.heedsOthers && !result.isConflict,
    };
  }
  throw new RemediationError('resource-changed', `Cannot finish with "${root.text}": it keeps changing`);
}

/** Over budget: what is left is handed out at the next pass; over budget again, others use it up meanwhile. */
function roomAfter({ policy }: Engine, room: Room, { again, used = 0 }: PassResult): Room {
  if (again !== 'over-budget') {
    return room;
  }
  return room === endlessRoom
    ? roomIn(policy.limits.changesPerHour, used, policy.limits)
    : { critical: 0, ordinary: 0 };
}

function outcomeOf(engine: Engine, result: PassResult, looked: Looked): Outcome {
  const { wakeAt } = result;
  return {
    ...(looked.at === undefined ? {} : { observedAt: looked.at, covered: looked.covered }),
    ...(looked.writes.length === 0 ? {} : { writes: looked.writes }),
    // Resource Manager may answer 404 for a moment: the notes are kept for one more look.
    ...(looked.isMissing
      ? { failed: true, wakeAt: new Date(engine.clock.now().getTime() + missingWaitMs) }
      : wakeAt === undefined
        ? {}
        : { wakeAt }),
  };
}

/** Transient: the row keeps its notes and is woken later. Anything else is recorded as a failed case. */
async function postpone(
  engine: Engine,
  queue: WorkQueue,
  root: ResourceId,
  claim: Claim,
  error: unknown,
): Promise<Reconciled> {
  if (isOutOfPatience(error, claim)) {
    // Left alone but for a look an hour: its notes and attempts are kept, so that no event cuts the rest short.
    await recordFault(engine, root, claim, error);
    const at = new Date(engine.clock.now().getTime() + fasterWaitMs);
    await engine.work.finish(claim, { failed: true, wakeAt: at });
    return { kind: 'done' };
  }
  if (!(error instanceof RemediationError) || !isTransient(error)) {
    await recordFault(engine, root, claim, error);
    // Whatever was under way on the root is not forgotten with the fault.
    await engine.work.finish(claim, { wakeAt: new Date(engine.clock.now().getTime() + faultWaitMs) });
    return { kind: 'done' };
  }
  const wait = waitAfter(engine, claim.row.attempts, error);
  const at = new Date(engine.clock.now().getTime() + wait);
  await engine.work.finish(claim, { failed: true, wakeAt: at });
  engine.logger.information('Work postponed', { root: root.key, code: error.code, waitInMs: wait });
  await wakeAt(engine, queue, root, at);
  return { kind: 'postponed', error };
}

/**
 * Attempts in a row after which a root that keeps changing, or on which something is always under way, is told as a failed
 * case. The pauses between twelve attempts add up to a quarter of an hour.
 */
const mostAttempts: Partial<Record<ErrorCode, number>> = {
  'resource-changed': 5,
  'operation-in-progress': 12,
  conflict: 12,
};
const fasterWaitMs = 60 * 60_000;

function isOutOfPatience(error: unknown, { row }: Claim): boolean {
  return error instanceof RemediationError && row.attempts + 1 >= (mostAttempts[error.code] ?? Infinity);
}

/** Exponential with full jitter, and never sooner than Azure asked for. */
export function waitAfter(engine: Pick<Engine, 'clock'>, attempts: number, error: unknown): number {
  const ceiling = Math.min(firstWaitMs * 2 ** Math.min(attempts, 10), longestWaitMs);
  const jittered = ceiling / 2 + (ceiling / 2) * engine.clock.random();
  const asked = error instanceof RemediationError ? (error.retryAfterInMs ?? 0) : 0;
  return Math.round(Math.max(jittered, asked));
}

/** What is longer away than this, in milliseconds, the timer finds by itself. */
const longestMessageDelayMs = 60_000;

/** A message that appears at the wake time, so that nobody waits for the timer. The timer stands behind it. */
async function wakeAt(
  engine: Engine,
  queue: WorkQueue,
  root: ResourceId,
  at: Date | undefined,
): Promise<void> {
  const delayMs = (at?.getTime() ?? Number.POSITIVE_INFINITY) - engine.clock.now().getTime();
  if (delayMs > longestMessageDelayMs) {
    return;
  }
  try {
    await queue.send({ root: root.key }, Math.max(0, delayMs));
  } catch (error) {
    engine.logger.information('Wake message not sent, the timer will do', {
      root: root.key,
      reason: (error as Error).message,
    });
  }
}
