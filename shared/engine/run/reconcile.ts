import type { Observer } from '../../contract/observer.ts';
import { isTransient, RemediationError } from '../../errors.ts';
import type { ResourceId } from '../../resource-id.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { WorkQueue } from '../../work/queue.ts';
import type { ReconcileRequest } from '../../work/request.ts';
import type { Claim, WorkOutcome } from '../../work/work.ts';
import type { Engine } from '../engine.ts';
import type { Room } from '../allowance.ts';
import { endlessRoom, roomInSubscription } from '../allowance.ts';
import type { Again } from '../next.ts';
import type { GivenBody, PassInput } from '../pass-input.ts';
import { pass } from '../pass/pass.ts';
import { recordFault } from '../pass/record-fault.ts';
import { isOutOfPatience, waitAfter } from './waits.ts';

/** The result of a message. `postponed`: the work is recorded and comes back by itself. */
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
/** Pause before something that answered 404 is looked at again. */
const missingWaitMs = 15_000;
/** Pause before a root is looked at again on which work failed for good. */
const faultWaitMs = 15 * 60_000;
/** Pause before a root is looked at again that keeps changing, or on which something is always under way. */
const outOfPatienceWaitMs = 60 * 60_000;

/** One root to work on, with the parts that the work takes. */
interface Work {
  readonly engine: Engine;
  readonly queue: WorkQueue;
  readonly observer: Observer;
  readonly root: ResourceId;
}

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
  const work: Work = { engine, queue, observer, root };
  const begun = await engine.work.begin(root.key, request.note);
  if (begun.kind === 'busy') {
    await sendWake(work, begun.wakeAt);
  }
  return begun.kind === 'claimed'
    ? workOff(work, begun.claim, given ?? bodyOf(request))
    : { kind: begun.kind };
}

/** A notification's body was true when its event happened. */
function bodyOf({ body, note }: ReconcileRequest): GivenBody | undefined {
  return body === undefined || note === undefined
    ? undefined
    : { body, isComplete: false, at: new Date(note.time) };
}

async function workOff(work: Work, first: Claim, given: GivenBody | undefined): Promise<Reconciled> {
  const { engine } = work;
  let claim = first;
  let body = given;
  for (let round = 1; ; round += 1) {
    let outcome: WorkOutcome;
    try {
      outcome = await look(work, claim, body);
    } catch (error) {
      return postpone(work, claim, error);
    }
    const finished = await engine.work.finish(claim, outcome);
    if (finished.kind === 'released') {
      await sendWake(work, outcome.wakeAt);
      return { kind: 'done' };
    }
    claim = finished.claim;
    body = undefined;
    if (round === mostRounds) {
      await finishFailed(work, claim, restMs, { isWoken: true });
      return { kind: 'busy' };
    }
  }
}

/** Gives the row back with its notes, to be looked at after a pause; with `isWoken` a message comes at its end. */
async function finishFailed(
  work: Work,
  claim: Claim,
  pauseInMs: number,
  { isWoken }: { readonly isWoken: boolean },
): Promise<void> {
  const { engine } = work;
  const wakeAt = new Date(engine.clock.now().getTime() + pauseInMs);
  await engine.work.finish(claim, { failed: true, wakeAt });
  if (isWoken) {
    await sendWake(work, wakeAt);
  }
}

/** The resources that the passes under one claim have looked at. */
interface Looked {
  /** The beginning of the first look: every later read happened after it. */
  at: Date | undefined;
  readonly covered: Map<string, Date>;
  readonly writes: string[];
  isMissing: boolean;
}

/** Passes over one root until there is nothing more to do for the notes of this claim. */
async function look(work: Work, claim: Claim, given: GivenBody | undefined): Promise<WorkOutcome> {
  const { engine, observer, root } = work;
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
    const { again, wakeAt } = result.next;
    if (again === undefined) {
      return outcomeOf(engine, wakeAt, looked);
    }
    input = {
      ...input,
      given: undefined,
      allChildren: input.allChildren || again.kind === 'children',
      room: roomAfter(engine, input.room, again),
      // Somebody who changes the drift itself without end is waited for only once.
      heedsOthers: input.heedsOthers && !result.isConflict,
    };
  }
  throw new RemediationError('resource-changed', `Cannot finish with "${root.text}": it keeps changing`);
}

/**
 * Over budget: the remaining room is handed out at the next pass. Over budget once more: others use it up meanwhile.
 */
function roomAfter({ policy }: Pick<Engine, 'policy'>, room: Room, again: Again): Room {
  if (again.kind !== 'over-budget') {
    return room;
  }
  return room === endlessRoom ? roomInSubscription(again.used, policy.limits) : { severe: 0, ordinary: 0 };
}

function outcomeOf({ clock }: Pick<Engine, 'clock'>, wakeAt: Date | undefined, looked: Looked): WorkOutcome {
  const { at, covered, writes, isMissing } = looked;
  const seen = {
    ...(at === undefined ? {} : { observedAt: at, covered }),
    ...(writes.length === 0 ? {} : { writes }),
  };
  if (isMissing) {
    // Resource Manager may answer 404 for a moment: the notes are kept for one more look.
    return { ...seen, failed: true, wakeAt: new Date(clock.now().getTime() + missingWaitMs) };
  }
  return wakeAt === undefined ? seen : { ...seen, wakeAt };
}

/**
 * After a transient error, the row keeps its notes and is woken later. Any other error is recorded as a failed case.
 */
async function postpone(work: Work, claim: Claim, error: unknown): Promise<Reconciled> {
  const { engine, root } = work;
  if (isOutOfPatience(error, claim)) {
    // The root gets one look an hour and nothing else: its notes and attempts are kept, so that no event cuts the
    // rest short.
    await recordFault(engine, root, claim, error);
    await finishFailed(work, claim, outOfPatienceWaitMs, { isWoken: false });
    return { kind: 'done' };
  }
  if (!(error instanceof RemediationError) || !isTransient(error)) {
    await recordFault(engine, root, claim, error);
    // Work that was under way on the root is not forgotten with the fault.
    await engine.work.finish(claim, { wakeAt: new Date(engine.clock.now().getTime() + faultWaitMs) });
    return { kind: 'done' };
  }
  const waitInMs = waitAfter(engine, claim.row.attempts, error);
  const at = new Date(engine.clock.now().getTime() + waitInMs);
  await engine.work.finish(claim, { failed: true, wakeAt: at });
  engine.logger.information('Work postponed', { root: root.key, code: error.code, waitInMs });
  await sendWake(work, at);
  return { kind: 'postponed', error };
}

/** A wake that is further away than this is left to the timer. */
const longestMessageDelayMs = 60_000;

/** Sends a message that appears at the wake time, so that nobody waits for the timer. The timer stands behind it. */
async function sendWake({ engine, queue, root }: Work, at: Date | undefined): Promise<void> {
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
