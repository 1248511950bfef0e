import type { Case } from '../../case/draft.ts';
import { casesOf, Draft, readCases } from '../../case/draft.ts';
import { unobservableRestMs } from '../../case/rests.ts';
import type { Look } from '../../contract/observer.ts';
import type { CarriedOut } from '../act/carry-out.ts';
import { carryOut } from '../act/carry-out.ts';
import { commit } from '../act/commit.ts';
import { commitIntents, draftIntents } from '../act/intend.ts';
import type { Write } from '../act/merge.ts';
import { mergeWrites } from '../act/merge.ts';
import type { Known } from '../decide/prepare-assessment.ts';
import { prepareAssessment } from '../decide/prepare-assessment.ts';
import { lookAtRoot } from '../look/look-at-root.ts';
import { activeStates, sortNotes, wantedOf, wantsAnything } from '../look/notes.ts';
import { ownRequest } from '../look/own-request.ts';
import type { Seen } from '../look/seen.ts';
import { withoutUnreadable } from '../look/seen.ts';
import type { Again, Next } from '../next.ts';
import { lookAt, nothingMore, passAgain, together } from '../next.ts';
import type { PassInput } from '../pass-input.ts';
import { assess } from '../settle/assess.ts';
import { closeWhatIsGone } from '../settle/gone.ts';
import type { ToDo } from '../settle/matter.ts';
import { reportUnexplained, reportUnobservable, settleObservable } from '../settle/own-cases.ts';
import { afterRootClosed, afterRootNews, afterUndo, whenDue } from './what-follows.ts';

/** The result of one pass over one root. */
export interface PassResult {
  /** When the look began; undefined when nothing had to be read. */
  readonly startedAt: Date | undefined;
  /** Request ids of our own writes. */
  readonly writes: readonly string[];
  readonly next: Next;
  /** The resources that were read, by id, and when each read began. */
  readonly covered: ReadonlyMap<string, Date>;
  /** True if a resource answered 404 that may still exist. */
  readonly isMissing: boolean;
  /** True if a resource was found changed just before the write. */
  readonly isConflict: boolean;
}

const nothing: PassResult = {
  startedAt: undefined,
  writes: [],
  next: nothingMore,
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
    return { ...nothing, next: whenDue(input, cases, []) };
  }
  const draft = new Draft(notes[0]?.traceparent);
  const rootCases = { engine, root, draft, cases };
  reportUnexplained(rootCases, sorted.unexplained);

  const found = await lookAtRoot(input, wanted, cases);
  switch (found.kind) {
    case 'needs-read':
      return { ...nothing, next: passAgain({ kind: 'needs-read' }) };
    case 'unobservable': {
      const { error, needsWalk } = found;
      reportUnobservable(rootCases, { resource: root.text, error, needsWalk });
      const refused = await commit(engine, root, draft);
      const retry = retryUnobservable(input, cases);
      return { ...nothing, next: together(asNext(refused), retry, whenDue(input, cases, [draft])) };
    }
    case 'seen':
      return act(
        input,
        { draft, cases, notes, head: view.head },
        withoutUnreadable(found.seen, unreadable, root),
      );
  }
}

/** The knowledge of a pass besides its look. */
interface Ground extends Known {
  readonly draft: Draft;
  readonly cases: Map<string, Case>;
}

/** Decides and records the intents, and carries them out. */
async function act(input: PassInput, ground: Ground, found: Seen): Promise<PassResult> {
  const { engine, root } = input;
  const { draft, cases, notes } = ground;
  const assessment = await prepareAssessment(input, ground, found);
  const seen = withoutUnreadable(found, assessment.facts.unreadable, root);
  const todo: ToDo = { execute: [], next: nothingMore };
  for (const judgement of seen.judgements) {
    assess({ assessment, draft, todo }, judgement);
  }
  const isMissing = closeWhatIsGone(input, { draft, look: seen.look, notes }, cases);
  settleObservable({ engine, root, draft, cases }, seen);

  const writes = mergeWrites(todo.execute, engine.executors, engine.clock);
  const started = todo.execute.filter(({ state, data }) => state === 'open' && data.approval === undefined);
  draftIntents(engine, draft, writes);
  const refused = await commitIntents(input, draft, assessment.allowance.taken);
  if (refused === undefined) {
    started.forEach(({ data }) => {
      engine.writerShares.take(data.opener);
    });
  }
  if (refused === undefined && writes.length > 0) {
    return { ...(await write(input, ground, { look: seen.look, todo, writes })), isMissing };
  }
  const next = together(
    asNext(refused),
    afterRootNews(input, seen.look, draft),
    afterUndo([draft]),
    afterRootClosed(input, cases.values()),
    todo.next,
    whenDue(input, cases, [draft]),
  );
  return { ...nothing, startedAt: seen.look.startedAt, covered: coveredBy(seen.look), isMissing, next };
}

/** The decisions about a look, as the ledger already has them. */
interface Intended {
  readonly look: Look;
  readonly todo: ToDo;
  readonly writes: readonly Write[];
}

/** Carries out the intended writes, and records how they ended. */
async function write(input: PassInput, ground: Ground, intended: Intended): Promise<PassResult> {
  const { engine, root } = input;
  const { look, writes } = intended;
  const done = await carryOut(input, writes, look.startedAt);
  const refused = await commit(engine, root, done.draft);
  if (done.transient !== undefined) {
    throw done.transient;
  }
  return {
    startedAt: look.startedAt,
    covered: new Map([...coveredBy(look), ...(done.look === undefined ? [] : coveredBy(done.look))]),
    writes: writes.map(({ requestId }) => requestId),
    isMissing: false,
    isConflict: done.isConflict,
    next: together(asNext(refused), afterWriting(input, ground, intended, done)),
  };
}

function afterWriting(
  input: PassInput,
  { cases, draft }: Ground,
  { look, todo }: Intended,
  done: CarriedOut,
): Next {
  return together(
    done.next,
    afterUndo([draft, done.draft]),
    afterRootNews(input, { ...look, root: done.look?.root ?? look.root }, draft),
    afterRootClosed(input, [...cases.values(), ...done.draft.subjects]),
    todo.next,
    whenDue(input, cases, [draft, done.draft]),
  );
}

function asNext(refused: Again | undefined): Next {
  return refused === undefined ? nothingMore : passAgain(refused);
}

function coveredBy(look: Look): ReadonlyMap<string, Date> {
  const ids = [look.root?.id, ...look.children.keys(), ...look.gone].filter((id) => id !== undefined);
  return new Map(ids.map((id) => [id.toLowerCase(), look.startedAt]));
}

/** A resource that could not be read is tried again: sooner when work is under way on its root. */
function retryUnobservable({ engine }: PassInput, cases: ReadonlyMap<string, Case>): Next {
  const isUnderWay = [...cases.values()].some(({ state }) => activeStates.includes(state));
  const rest = isUnderWay ? 5 * 60_000 : unobservableRestMs;
  return lookAt(new Date(engine.clock.now().getTime() + rest));
}
