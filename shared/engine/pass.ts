import type { Look, Observer } from '../azure/observers/observer.ts';
import type { ResourceId } from '../resource-id.ts';
import type { Claim, Note } from '../work/work.ts';
import { assess } from './assess.ts';
import type { Assessment, ToDo } from './assessment.ts';
import { verifyWithinMs } from './assessment.ts';
import { baselineOf } from './baseline.ts';
import { carryOut } from './carry-out.ts';
import { commit } from './commit.ts';
import type { Case } from './draft.ts';
import { casesOf, Draft } from './draft.ts';
import type { Engine } from './engine.ts';
import { closeWhatIsGone, isOwnRequest, reportUnexplained, settleObservable } from './engine-cases.ts';
import { lookAtRoot } from './look-at-root.ts';
import type { Write } from './merge.ts';
import { mergeWrites } from './merge.ts';
import { sortNotes, wantedOf, wantsAnything } from './notes.ts';
import type { ArmResource, JsonObject } from './remediator.ts';

/** One look at one root, with everything that follows from it. */
export interface PassInput {
  readonly engine: Engine;
  readonly observer: Observer;
  readonly root: ResourceId;
  readonly claim: Claim;
  /** Read every child too. */
  readonly allChildren: boolean;
  /** Treat automatic changes as over budget. */
  readonly isOverBudget: boolean;
  /** A body of the root that came with the message: saves the read when nothing is amiss. */
  readonly given: GivenBody | undefined;
}

export interface GivenBody {
  readonly body: ArmResource;
  /** Whether a property that it lacks is really absent. */
  readonly isComplete: boolean;
}

export interface PassResult {
  /** When the look began; undefined when nothing had to be read. */
  readonly startedAt: Date | undefined;
  /** Request ids of our own writes. */
  readonly writes: readonly string[];
  /** What another pass is for; undefined when there is nothing more to do now. */
  readonly again: 'raced' | 'over-budget' | 'children' | 'needs-read' | undefined;
  readonly wakeAt: Date | undefined;
  /** Whether something that was asked for answered 404. */
  readonly foundGone: boolean;
}

const nothing: PassResult = {
  startedAt: undefined,
  writes: [],
  again: undefined,
  wakeAt: undefined,
  foundGone: false,
};

/** How long after a write the resource is verified again, in milliseconds. */
const verifyAgainMs = verifyWithinMs / 4;

/** Observe, detect, decide, record the intent, execute, observe again, record the end. */
export async function pass(input: PassInput): Promise<PassResult> {
  const { engine, root, claim } = input;
  const view = await engine.ledger.readRoot(root.subscriptionId, root.key);
  const cases = casesOf(view);
  const sorted = await sortNotes(claim.row.notes, engine.ownClientIds, (id) =>
    isOwnRequest(input, cases, id),
  );
  const notes = [...sorted.toSee, ...sorted.unexplained];
  const wanted = wantedOf(root, notes, [...cases.values()], {
    isWake: claim.row.notes.length === 0,
    // Notes that gave way to newer ones may have named any child.
    allChildren: input.allChildren || (claim.row.notesDropped ?? 0) > 0,
  });
  if (!wantsAnything(wanted)) {
    return nothing;
  }
  const draft = new Draft(notes[0]?.traceparent);
  reportUnexplained(input, draft, cases, sorted.unexplained);

  const seen = await lookAtRoot(input, wanted, draft, cases);
  if (seen === 'needs-read') {
    return { ...nothing, again: 'needs-read' };
  }
  if (seen === 'unobservable') {
    return { ...nothing, startedAt: engine.clock.now(), again: await commit(engine, root, draft) };
  }
  const assessment = assessmentOf(input, view.head, cases, notes, seen.look);
  const todo: ToDo = { execute: [], verifyLater: false };
  for (const judgement of seen.judgements) {
    assess(assessment, draft, todo, judgement);
  }
  closeWhatIsGone(draft, seen.look, root, cases);
  settleObservable(input, draft, cases, seen);

  const writes = mergeWrites(todo.execute, engine.executors, engine.clock);
  recordIntents(draft, writes);
  const refused = await commit(engine, root, draft);
  if (refused !== undefined) {
    return { ...nothing, startedAt: seen.look.startedAt, again: refused };
  }
  if (writes.length === 0) {
    return ending(input, seen.look, [], todo.verifyLater);
  }
  const done = await carryOut(input, writes);
  const refusedEnd = await commit(engine, root, done.draft);
  if (done.transient !== undefined) {
    throw done.transient;
  }
  const end = ending(
    input,
    done.look ?? seen.look,
    writes.map(({ requestId }) => requestId),
    done.verifyLater,
  );
  return { ...end, again: refusedEnd ?? (done.isNews ? 'raced' : end.again) };
}

/** No change is started unless its intent is in the ledger, whole, with the id of the request that will carry it out. */
function recordIntents(draft: Draft, writes: readonly Write[]): void {
  for (const { parts, requestId } of writes) {
    for (const { subject } of parts.filter(({ subject }) => subject.state === 'open')) {
      const change = JSON.parse(JSON.stringify(subject.data.change ?? null)) as JsonObject;
      draft.move(
        subject,
        'change-intended',
        { change, requestId, mergedWith: parts.length - 1 },
        { requestIds: [...subject.data.requestIds, requestId] },
      );
    }
  }
}

function ending(input: PassInput, look: Look, writes: readonly string[], verifyLater: boolean): PassResult {
  const { engine, observer, allChildren } = input;
  const wantsChildren =
    !allChildren && look.root !== undefined && !look.hasAllChildren && observer.wantsAllChildren(look.root);
  return {
    startedAt: look.startedAt,
    writes,
    again: wantsChildren ? 'children' : undefined,
    foundGone: look.gone.size > 0,
    wakeAt: verifyLater ? new Date(engine.clock.now().getTime() + verifyAgainMs) : undefined,
  };
}

function assessmentOf(
  input: PassInput,
  head: JsonObject,
  cases: ReadonlyMap<string, Case>,
  notes: readonly Note[],
  look: Look,
): Assessment {
  return {
    engine: input.engine,
    root: input.root.key,
    cases,
    notes,
    baseline: baselineOf(head),
    observedAt: input.claim.row.observedAt,
    lookedAt: look.startedAt,
    isOverBudget: input.isOverBudget,
  };
}
