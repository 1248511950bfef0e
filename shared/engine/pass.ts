import type { Look, Observer } from '../azure/observers/observer.ts';
import { timestamp } from '../clock.ts';
import type { ResourceId } from '../resource-id.ts';
import { isSameResource } from '../resource-id.ts';
import type { Claim, Note } from '../work/work.ts';
import { assess } from './assess.ts';
import type { Assessment, ToDo } from './assessment.ts';
import { wakeBy } from './assessment.ts';
import { baselineOf } from './baseline.ts';
import { carryOut } from './carry-out.ts';
import { commit } from './commit.ts';
import type { Case } from './draft.ts';
import { casesOf, Draft } from './draft.ts';
import type { Engine } from './engine.ts';
import { resourceObservable } from './engine-controls.ts';
import { closeWhatIsGone, ownRequest, reportUnexplained, settleObservable } from './engine-cases.ts';
import { lookAtRoot } from './look-at-root.ts';
import type { Write } from './merge.ts';
import { mergeWrites } from './merge.ts';
import { soonestDue, unobservableRestMs } from './next-look.ts';
import { activeStates, sortNotes, wantedOf, wantsAnything } from './notes.ts';
import type { ArmResource, JsonObject } from './remediator.ts';
import { asJson } from './stored.ts';

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
  /** When it was true: when the event happened, or when the page of the list was asked for. */
  readonly at: Date;
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
  /** What was read, by id, and when that began. */
  readonly covered: ReadonlyMap<string, Date>;
  /** Whether something answered 404 that may be there all the same. */
  readonly isMissing: boolean;
}

const nothing: PassResult = {
  startedAt: undefined,
  writes: [],
  again: undefined,
  wakeAt: undefined,
  covered: new Map(),
  isMissing: false,
};

/** Observe, detect, decide, record the intent, execute, observe again, record the end. */
export async function pass(input: PassInput): Promise<PassResult> {
  const { engine, root, claim } = input;
  const view = await engine.ledger.readRoot(root.subscriptionId, root.key);
  const cases = casesOf(view);
  const sorted = await sortNotes(claim.row, engine.ownClientIds, (id) => ownRequest(input, cases, id));
  const notes = [...sorted.toSee, ...sorted.unexplained];
  const wanted = wantedOf(root, notes, [...cases.values()], {
    isWake: claim.row.notes.length === 0,
    // Notes that gave way to newer ones may have named any child.
    allChildren: input.allChildren || (claim.row.notesDropped ?? 0) > 0,
    now: engine.clock.now(),
  });
  if (!wantsAnything(wanted)) {
    return { ...nothing, wakeAt: soonestDue(cases.values(), engine.clock.now()) };
  }
  const draft = new Draft(notes[0]?.traceparent);
  reportUnexplained(input, draft, cases, sorted.unexplained);

  const seen = await lookAtRoot(input, wanted, draft, cases);
  if (seen === 'needs-read') {
    return { ...nothing, again: 'needs-read' };
  }
  if (seen === 'unobservable') {
    const again = await commit(engine, root, draft);
    return {
      ...nothing,
      again,
      wakeAt: sooner(retryUnobservable(engine, cases), nextLook(input, cases, [draft])),
    };
  }
  const assessment = assessmentOf(input, view.head, cases, notes, seen.look);
  const todo: ToDo = { execute: [], wakeAt: undefined, isRootNews: false };
  for (const judgement of seen.judgements) {
    assess(assessment, draft, todo, judgement);
  }
  const isMissing = closeWhatIsGone(input, draft, seen.look, cases, notes);
  settleObservable(input, draft, cases, seen);

  const writes = mergeWrites(todo.execute, engine.executors, engine.clock);
  recordIntents(engine, draft, writes);
  const refused = await commit(engine, root, draft);
  const first = { ...ending(input, seen.look, todo), isMissing };
  if (refused !== undefined || writes.length === 0) {
    const wakeAt = sooner(first.wakeAt, nextLook(input, cases, [draft]));
    const again = refused ?? first.again ?? (isChildNews(input, cases.values()) ? 'children' : undefined);
    return { ...first, wakeAt, again };
  }
  const done = await carryOut(input, writes, seen.look.startedAt);
  const raced = await commit(engine, root, done.draft);
  if (done.transient !== undefined) {
    throw done.transient;
  }
  if (done.wakeAt !== undefined) {
    wakeBy(todo, done.wakeAt);
  }
  const last = ending(input, { ...seen.look, root: done.look?.root ?? seen.look.root }, todo);
  return {
    ...last,
    wakeAt: sooner(last.wakeAt, nextLook(input, cases, [draft, done.draft])),
    covered: new Map([...coveredBy(seen.look), ...(done.look === undefined ? [] : coveredBy(done.look))]),
    isMissing,
    writes: writes.map(({ requestId }) => requestId),
    again:
      raced ??
      (done.isNews ? 'raced' : last.again) ??
      (isChildNews(input, [...cases.values(), ...done.draft.subjects]) ? 'children' : undefined),
  };
}

/**
 * When the soonest of the root's open cases is due, whatever this pass looked at: a look at one resource must not take away
 * the wake of another.
 */
function nextLook(
  { engine }: PassInput,
  known: ReadonlyMap<string, Case>,
  drafts: readonly Draft[],
): Date | undefined {
  const drafted = drafts.flatMap(({ subjects }) => [...subjects]);
  const cases = new Map([...known.values(), ...drafted].map((subject) => [subject.key, subject]));
  return soonestDue(cases.values(), engine.clock.now());
}

function sooner(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one === undefined || (other !== undefined && other < one) ? other : one;
}

/** No change is started unless its intent is in the ledger, whole, with the id of the request that will carry it out. */
function recordIntents({ clock }: Engine, draft: Draft, writes: readonly Write[]): void {
  const intendedAt = timestamp(clock);
  for (const { parts, requestId } of writes) {
    for (const { subject } of parts.filter(({ subject }) => subject.state === 'open')) {
      const change = asJson(subject.data.change);
      draft.move(
        subject,
        'change-intended',
        { change, requestId, mergedWith: parts.length - 1 },
        { requestIds: [...subject.data.requestIds, requestId], intendedAt },
      );
    }
  }
}

/**
 * Whether a case of the root has just closed while children of it expose something for real: behind a closed root they do not.
 */
function isChildNews({ root, allChildren }: PassInput, cases: Iterable<Case>): boolean {
  const all = [...cases].filter(({ data }) => data.control !== resourceObservable);
  const isRoot = ({ data }: Case): boolean => isSameResource(data.resource, root.text);
  return (
    !allChildren &&
    all.some((subject) => isRoot(subject) && subject.state === 'closed') &&
    all.some((subject) => !isRoot(subject) && subject.state !== 'closed' && subject.data.exposure === 'real')
  );
}

/** How a pass over a look ends. Children are looked at when the root was left open, and that is news. */
function ending({ observer, allChildren }: PassInput, look: Look, todo: ToDo): PassResult {
  const wantsChildren =
    todo.isRootNews &&
    !allChildren &&
    look.root !== undefined &&
    !look.hasAllChildren &&
    observer.wantsAllChildren(look.root);
  return {
    ...nothing,
    startedAt: look.startedAt,
    covered: coveredBy(look),
    again: wantsChildren ? 'children' : undefined,
    wakeAt: todo.wakeAt,
  };
}

function coveredBy(look: Look): ReadonlyMap<string, Date> {
  const ids = [look.root?.id, ...look.children.keys(), ...look.gone].filter((id) => id !== undefined);
  return new Map(ids.map((id) => [id.toLowerCase(), look.startedAt]));
}

/** A resource that could not be read is tried again: sooner when something is under way on its root. */
function retryUnobservable({ clock }: Engine, cases: ReadonlyMap<string, Case>): Date {
  const isUnderWay = [...cases.values()].some(({ state }) => activeStates.includes(state));
  return new Date(clock.now().getTime() + (isUnderWay ? 5 * 60_000 : unobservableRestMs));
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
    observed: input.claim.row.observed,
    hasLostNotes: (input.claim.row.notesDropped ?? 0) > 0,
    lookedAt: look.startedAt,
    isOverBudget: input.isOverBudget,
  };
}
