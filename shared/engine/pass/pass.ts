import type { Look, Observer } from '../../contract/observer.ts';
import { timestamp } from '../../clock.ts';
import type { ResourceId } from '../../resource-id.ts';
import { isSameResource } from '../../resource-id.ts';
import type { Claim, Note } from '../../work/work.ts';
import type { Room } from '../guards/allowance.ts';
import { Allowance, roomIn } from '../guards/allowance.ts';
import { assess } from '../settle/assess.ts';
import type { Assessment, ToDo } from '../decide/assessment.ts';
import { wakeBy } from '../decide/assessment.ts';
import { baselineOf } from '../../case/baseline.ts';
import { carryOut } from '../act/carry-out.ts';
import type { Refusal } from '../act/commit.ts';
import { commit } from '../act/commit.ts';
import type { Case } from '../../case/draft.ts';
import { casesOf, Draft, readCases } from '../../case/draft.ts';
import type { Engine } from '../engine.ts';
import { resourceObservable } from '../../contract/engine-controls.ts';
import { closeWhatIsGone, ownRequest, reportUnexplained, settleObservable } from '../settle/engine-cases.ts';
import { calmFacts, gatherFacts } from '../decide/facts.ts';
import type { Seen } from '../look/look-at-root.ts';
import { lookAtRoot, without } from '../look/look-at-root.ts';
import type { Write } from '../act/merge.ts';
import { mergeWrites } from '../act/merge.ts';
import { soonestDue } from '../look/next-look.ts';
import { unobservableRestMs } from '../../case/rests.ts';
import { activeStates, sortNotes, wantedOf, wantsAnything } from '../look/notes.ts';
import type { ArmResource } from '../../contract/observation.ts';
import type { JsonObject } from '../../contract/json.ts';

/** One look at one root, with everything that follows from it. */
export interface PassInput {
  readonly engine: Engine;
  readonly observer: Observer;
  readonly root: ResourceId;
  readonly claim: Claim;
  /** Read every child too. */
  readonly allChildren: boolean;
  /** What is known to be left of the subscription's budget of this hour. */
  readonly room: Room;
  /** A body of the root that came with the message: saves the read when nothing is amiss. */
  readonly given: GivenBody | undefined;
  /** Whether a write waits for one more look where somebody else wrote meanwhile. */
  readonly heedsOthers: boolean;
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
  /** With `over-budget`: the changes of this hour so far. */
  readonly used?: number;
  readonly wakeAt: Date | undefined;
  /** What was read, by id, and when that began. */
  readonly covered: ReadonlyMap<string, Date>;
  /** Whether something answered 404 that may be there all the same. */
  readonly isMissing: boolean;
  /** Whether a resource was found changed just before it was written to. */
  readonly isConflict: boolean;
}

const nothing: PassResult = {
  startedAt: undefined,
  writes: [],
  again: undefined,
  wakeAt: undefined,
  covered: new Map(),
  isMissing: false,
  isConflict: false,
};

/** Observe, detect, decide, record the intent, execute, observe again, record the end. */
export async function pass(input: PassInput): Promise<PassResult> {
  const { engine, root, claim } = input;
  const view = await engine.ledger.readRoot(root.subscriptionId, root.key);
  const { unreadable } = readCases(view.openCases, view.unreadable);
  const cases = casesOf(view);
  const sorted = await sortNotes(claim.row, engine.ownClientIds, (id) => ownRequest(input, cases, id));
  const notes = [...sorted.toSee, ...sorted.unexplained];
  const wanted = wantedOf(root, notes, [...cases.values()], {
    isWake: claim.row.notes.length === 0,
    now: engine.clock.now(),
    // Notes that gave way to newer ones may have named any child.
    allChildren: input.allChildren || (claim.row.notesDropped ?? 0) > 0,
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
    const refusal = refusalOf(await commit(engine, root, draft));
    return {
      ...nothing,
      ...refusal,
      wakeAt: sooner(retryUnobservable(engine, cases), nextLook(input, cases, [draft])),
    };
  }
  return act(input, { draft, cases, notes, head: view.head }, without(seen, unreadable, root));
}

/** What a pass knows besides what it saw. */
interface Ground {
  readonly draft: Draft;
  readonly cases: Map<string, Case>;
  readonly notes: readonly Note[];
  readonly head: JsonObject;
}

/** Decides and records the intents, and carries them out. */
async function act(input: PassInput, ground: Ground, found: Seen): Promise<PassResult> {
  const { engine } = input;
  const { draft, cases, notes, head } = ground;
  const assessment = await assessmentOf(input, head, cases, notes, found);
  const seen = without(found, assessment.facts.unreadable, input.root);
  const todo: ToDo = { execute: [], wakeAt: undefined, isRootNews: false };
  for (const judgement of seen.judgements) {
    assess(assessment, draft, todo, judgement);
  }
  const isMissing = closeWhatIsGone(input, draft, seen.look, cases, notes);
  settleObservable(input, draft, cases, seen);

  const writes = mergeWrites(todo.execute, engine.executors, engine.clock);
  recordIntents(engine, draft, writes);
  const refused = await commitCounted(input, draft, assessment.allowance.taken);
  if (refused !== undefined || writes.length === 0) {
    const first = ending(input, seen.look, todo);
    const wakeAt = sooner(first.wakeAt, nextLook(input, cases, [draft]));
    const news = isUndone([draft]) ? 'raced' : isChildNews(input, cases.values()) ? 'children' : undefined;
    const again = first.again ?? news;
    return { ...first, isMissing, wakeAt, again, ...refusalOf(refused) };
  }
  return { ...(await write(input, ground, seen.look, todo, writes)), isMissing };
}

/** Writes what was intended, and records how it ended. */
async function write(
  input: PassInput,
  { cases, draft }: Ground,
  look: Look,
  todo: ToDo,
  writes: readonly Write[],
): Promise<PassResult> {
  const { engine, root } = input;
  const done = await carryOut(input, writes, look.startedAt);
  const raced = await commit(engine, root, done.draft);
  if (done.transient !== undefined) {
    throw done.transient;
  }
  if (done.wakeAt !== undefined) {
    wakeBy(todo, done.wakeAt);
  }
  const last = ending(input, { ...look, root: done.look?.root ?? look.root }, todo);
  return {
    ...last,
    wakeAt: sooner(last.wakeAt, nextLook(input, cases, [draft, done.draft])),
    covered: new Map([...coveredBy(look), ...(done.look === undefined ? [] : coveredBy(done.look))]),
    writes: writes.map(({ requestId }) => requestId),
    isConflict: done.isConflict,
    again:
      raced?.kind ??
      (done.isNews || isUndone([draft, done.draft]) ? 'raced' : last.again) ??
      (isChildNews(input, [...cases.values(), ...done.draft.subjects]) ? 'children' : undefined),
  };
}

/** Commits what starts changes; the tenant's count knows of them at once. */
async function commitCounted(
  { engine, root }: PassInput,
  draft: Draft,
  changes: number,
): Promise<Refusal | undefined> {
  const taken = engine.tenantBudget.take(changes);
  let refused: Refusal | undefined;
  try {
    refused = await commit(engine, root, draft);
    return refused;
  } finally {
    // When the answer is lost, they may have been started.
    taken.settle(refused === undefined);
  }
}

function refusalOf(refused: Refusal | undefined): Partial<Pick<PassResult, 'again' | 'used'>> {
  if (refused === undefined) {
    return {};
  }
  return refused.kind === 'raced' ? { again: 'raced' } : { again: 'over-budget', used: refused.used };
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
      const { approval, requestIds } = subject.data;
      const { change = null } = subject.data;
      const approved = approval === undefined ? {} : { approval };
      draft.move(
        subject,
        'change-intended',
        { change, requestId, mergedWith: parts.length - 1, ...approved },
        {
          requestIds: [...requestIds, requestId],
          intendedAt: approval === undefined ? intendedAt : undefined,
          otherWriters: undefined,
        },
      );
    }
  }
}

/** Whether an undo has just ended, one way or the other: what drifts then gets its case at once, and not when somebody comes by. */
function isUndone(drafts: readonly Draft[]): boolean {
  return drafts
    .flatMap(({ subjects }) => [...subjects])
    .some(({ state, data }) => state === 'closed' && data.undo !== undefined);
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

async function assessmentOf(
  input: PassInput,
  head: JsonObject,
  cases: ReadonlyMap<string, Case>,
  notes: readonly Note[],
  { look, judgements }: Seen,
): Promise<Assessment> {
  const { engine, root, claim, room } = input;
  const before: Assessment = {
    engine,
    root: root.key,
    cases,
    notes,
    baseline: baselineOf(head),
    observed: claim.row.observed,
    hasLostNotes: (claim.row.notesDropped ?? 0) > 0,
    lookedAt: look.startedAt,
    allowance: new Allowance(),
    facts: calmFacts,
  };
  const facts = await gatherFacts(before, root, judgements, claim.until);
  const { limits } = engine.policy;
  const tenant = roomIn(limits.tenantChangesPerHour, engine.tenantBudget.used(), limits);
  return { ...before, facts, allowance: new Allowance(room, tenant) };
}
