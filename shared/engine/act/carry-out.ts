import type { Case } from '../../case/draft.ts';
import { casesOf, Draft, readCases } from '../../case/draft.ts';
import { verifyWithinMs } from '../../case/rests.ts';
import { toRemediationError } from '../../azure/to-remediation-error.ts';
import { timestamp } from '../../clock.ts';
import { type Judgement, isDrift } from '../../contract/judgement.ts';
import type { Look } from '../../contract/observer.ts';
import { isTransient, RemediationError } from '../../errors.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import { isSameResource } from '../../resource-id.ts';
import type { News } from '../../work/work.ts';
import { policySubject } from '../decide/policy-subject.ts';
import { evaluate } from '../look/evaluate.ts';
import { otherWriters, ownWrites, readNews } from '../look/other-writers.ts';
import { withoutUnreadable } from '../look/seen.ts';
import type { Next } from '../next.ts';
import { lookAt, nothingMore, passAgain, together } from '../next.ts';
import type { PassInput } from '../pass-input.ts';
import { closeInSync } from '../settle/close-case.ts';
import { closeUndone, isUndone } from '../settle/end-undo.ts';
import type { WriteResult } from './execute.ts';
import { execute, transientOf } from './execute.ts';
import type { Write } from './merge.ts';
import { isOver, settleError } from './settle-error.ts';

/** Result of the writes: entries still to commit, and what follows. */
export interface CarriedOut {
  readonly draft: Draft;
  /** The look after the writes; undefined when none took effect, or when the look failed. */
  readonly look: Look | undefined;
  readonly next: Next;
  /** True if a resource was found changed just before the write. */
  readonly isConflict: boolean;
  /** The reason why work is left: a write that was put off, or a look that failed. */
  readonly transient: RemediationError | undefined;
}

/** Writes, looks again, and drafts how each case ended. HTTP 200 proves nothing: the resource has to be in sync. */
export async function carryOut(
  input: PassInput,
  writes: readonly Write[],
  lookedAt: Date,
): Promise<CarriedOut> {
  const { engine, observer, root, claim } = input;
  const results = await execute({ input, lookedAt }, writes);
  const applied = results.filter(({ error }) => error === undefined);
  // The first transaction changed the rows: their versions are read again, while Azure is asked.
  const [after, news, view] = await Promise.all([
    applied.length === 0 ? undefined : lookAfter(input, applied),
    applied.length === 0 ? undefined : readNews(input),
    engine.ledger.readRoot(root.subscriptionId, root.key),
  ]);
  const look = after instanceof RemediationError ? undefined : after;
  const cases = casesOf(view);
  const { unreadable } = readCases(view.openCases, view.unreadable);
  const seen = look === undefined ? undefined : { look, ...evaluate(engine.remediators, observer, look) };
  const judgements = seen === undefined ? [] : withoutUnreadable(seen, unreadable, root).judgements;
  const draft = new Draft(claim.row.notes[0]?.traceparent);
  const settlement: Settlement = { input, news, draft, judgements, look };
  const isConflict = results.some(({ error }) => error?.code === 'step-conflict');
  const isNews = isConflict || judgements.some((judgement) => isUnknownDrift(judgement, cases, input));
  const wakes = results.map((result) => {
    const subject = cases.get(result.subject.key);
    return subject?.state === 'changing' ? settleResult(settlement, subject, result) : undefined;
  });
  const putOff = transientOf(results.filter(({ subject }) => !isOver(draft, subject)));
  return {
    draft,
    look,
    next: together(isNews ? passAgain({ kind: 'raced' }) : nothingMore, ...wakes.map(lookAt)),
    isConflict,
    transient: putOff ?? (after instanceof RemediationError && isTransient(after) ? after : undefined),
  };
}

/** Reads exactly the written resources again. An error is returned, not thrown: the writes have been made. */
async function lookAfter(
  { observer, root, claim }: PassInput,
  applied: readonly WriteResult[],
): Promise<Look | RemediationError> {
  const ids = applied.map(({ subject }) => subject.data.resource);
  const children = [...new Set(ids.filter((id) => !isSameResource(id, root.text)))];
  const isRootWritten = ids.some((id) => isSameResource(id, root.text));
  try {
    return await observer.look(root, { root: isRootWritten, children, allChildren: false }, claim.until);
  } catch (error) {
    return toRemediationError(error, `look at "${root.text}" again`);
  }
}

/** The parts with which results are settled. */
interface Settlement {
  readonly input: PassInput;
  /** The notes that came on the row while the change was made. */
  readonly news: News | undefined;
  readonly draft: Draft;
  readonly judgements: readonly Judgement[];
  readonly look: Look | undefined;
}

/** Drafts how the write of one case ended; returns when to look at the case again, if ever. */
function settleResult(
  settlement: Settlement,
  subject: Case,
  { error, requestId, unseen }: WriteResult,
): Date | undefined {
  const { input, news, draft, judgements, look } = settlement;
  const { engine } = input;
  if (error !== undefined) {
    return settleError(engine, draft, subject, error);
  }
  const writers = otherWriters(news, subject.data.resource, unseen, ownWrites(input, [subject]));
  const others = writers.length === 0 ? {} : { otherWriters: [...writers] };
  draft.move(
    subject,
    'change-applied',
    { requestId, ...others },
    { appliedAt: timestamp(engine.clock), putOffSince: undefined, ...others },
  );
  const judgement = judgements.find((candidate) => isAbout(candidate, subject));
  if (subject.data.undo !== undefined) {
    if (judgement !== undefined && isUndone(subject, judgement.observation.resource)) {
      closeUndone(draft, subject);
      return undefined;
    }
  } else if (isSettled(judgement)) {
    closeInSync(draft, subject, { observedAt: look?.startedAt.toISOString() ?? '' }, engine.clock);
    return undefined;
  }
  return new Date(engine.clock.now().getTime() + verifyWithinMs / 4);
}

function isSettled(judgement: Judgement | undefined): boolean {
  return judgement?.finding.kind === 'in-sync' || judgement?.finding.kind === 'not-applicable';
}

function isAbout({ resource, remediator }: Judgement, subject: Case): boolean {
  return isSameResource(resource, subject.data.resource) && remediator.meta.id === subject.data.control;
}

/** True if a drift has no case though its control is on: it opened while Leakstop wrote. */
function isUnknownDrift(
  judgement: Judgement,
  cases: ReadonlyMap<string, Case>,
  { engine, root }: PassInput,
): boolean {
  const { resource, remediator, observation } = judgement;
  if (!isDrift(judgement) || cases.has(caseKey(root.key, resource, remediator.meta.id))) {
    return false;
  }
  const severity = judgement.finding.severity ?? remediator.meta.severity;
  return engine.policy.modeOf(policySubject(remediator.meta, observation, severity)).mode !== 'off';
}
