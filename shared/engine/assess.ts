import { isDeepStrictEqual } from 'node:util';
import { isAt } from '../azure/steps/executor.ts';
import { timestamp } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { caseKey } from '../ledger/format/keys.ts';
import { isSameResource } from '../resource-id.ts';
import type { Assessment, ToDo } from './assessment.ts';
import { isEventOn, verifyWithinMs, wakeBy } from './assessment.ts';
import { decide } from './decide.ts';
import type { Case, Draft } from './draft.ts';
import type { Judgement } from './evaluate.ts';
import { nextStep } from './merge.ts';
import { dueAt } from './next-look.ts';
import { openCase } from './open-case.ts';
import type { Drift } from './remediator.ts';
import { closeCase, failCase } from './settle.ts';
import { asJson, noteDifferences } from './stored.ts';

/** One drift, with everything that is drafted and done about it. */
interface Matter {
  readonly assessment: Assessment;
  readonly draft: Draft;
  readonly todo: ToDo;
  readonly judgement: Judgement;
  readonly drift: Drift;
}

/** Drafts what one judgement means for its case. */
export function assess(assessment: Assessment, draft: Draft, todo: ToDo, judgement: Judgement): void {
  const { finding, resource, remediator } = judgement;
  const known = assessment.cases.get(caseKey(assessment.root, resource, remediator.meta.id));
  switch (finding.kind) {
    case 'in-sync':
      if (known !== undefined) {
        closeCase(
          draft,
          known,
          'in-sync',
          { observedAt: assessment.lookedAt.toISOString() },
          assessment.engine.clock,
        );
      }
      return;
    case 'not-applicable':
      if (known !== undefined) {
        closeCase(draft, known, 'in-sync', { notApplicable: finding.reason }, assessment.engine.clock);
      }
      return;
    case 'unknown':
    case 'needs-root':
      return;
    case 'drifted':
      assessDrift({ assessment, draft, todo, judgement, drift: finding }, known);
  }
}

function assessDrift(matter: Matter, known: Case | undefined): void {
  const { assessment, draft, todo, judgement, drift } = matter;
  const subject = known ?? openCase(assessment, draft, judgement, drift);
  if (subject === undefined) {
    return;
  }
  if (known === undefined) {
    todo.isRootNews ||= isSameResource(subject.data.resource, assessment.root);
  } else {
    noteDifferences(draft, subject, judgement, drift);
  }
  switch (subject.state) {
    case 'changing':
      resume(matter, subject);
      return;
    case 'verifying':
      awaitVerification(matter, subject);
      return;
    case 'failed':
      tryAgain(matter, subject);
      return;
    case 'held':
      reconsiderHold(matter, subject);
      return;
    case 'open':
    case 'awaiting-decision':
      settleDrift(matter, subject);
      return;
    case 'waiting':
    case 'stuck':
    case 'closed':
    case 'none':
  }
}

/** Decides, and drafts the decision where it is another one than before. */
function settleDrift(matter: Matter, subject: Case): void {
  const { assessment, draft, todo, judgement, drift } = matter;
  const { engine } = assessment;
  const { remediator, observation } = judgement;
  const plan = remediator.plan(observation, drift);
  const decision = decide({
    meta: remediator.meta,
    resource: subject.data.resource,
    severity: subject.data.severity,
    plan,
    witnessed: subject.data.witnessed,
    isOverBudget: assessment.isOverBudget,
    policy: engine.policy,
  });
  if (decision.kind === 'ignore' || isStanding(subject, decision)) {
    return;
  }
  if (subject.state !== 'open') {
    draft.move(subject, 'case-reconsidered', {});
  }
  const basis = { policy: engine.policy.name, rule: decision.rule, witnessed: subject.data.witnessed };
  switch (decision.kind) {
    case 'hold':
      draft.move(
        subject,
        'case-held',
        {
          reason: decision.reason,
          ...(decision.detail === undefined ? {} : { detail: decision.detail }),
          ...(plan.kind === 'not-offered' ? { guidance: plan.guidance } : {}),
          ...basis,
        },
        {
          hold: {
            reason: decision.reason,
            at: timestamp(engine.clock),
            ...(decision.reason === 'budget' ? { until: nextHour(assessment.lookedAt).toISOString() } : {}),
          },
        },
      );
      return;
    case 'ask':
      draft.move(
        subject,
        'decision-requested',
        { change: asJson(decision.change), ...basis },
        { change: decision.change },
      );
      return;
    case 'change':
      draft.move(subject, 'case-decided', { decision: 'change', ...basis }, { change: decision.change });
      todo.execute.push(subject);
  }
}

/** Whether the case already stands as decided, so that there is nothing new to say. */
function isStanding(
  subject: Case,
  decision: Exclude<ReturnType<typeof decide>, { kind: 'ignore' }>,
): boolean {
  if (decision.kind === 'hold') {
    return subject.state === 'held' && subject.data.hold?.reason === decision.reason;
  }
  return (
    decision.kind === 'ask' &&
    subject.state === 'awaiting-decision' &&
    isDeepStrictEqual(asJson(subject.data.change), asJson(decision.change))
  );
}

/** Longest that a refused change rests before news makes us try it again, in milliseconds. */
const longestRestMs = 60 * 60_000;

/**
 * What Azure refused is tried again when somebody wrote to the resource since, with longer and longer rests: whoever
 * keeps writing to one refused resource must not use up the subscription's budget of changes. Without news it is tried
 * again when the case is due: a role assignment or a policy may have changed, of which no event tells.
 */
function tryAgain(matter: Matter, subject: Case): void {
  const { assessment, todo } = matter;
  const { failure, refusals = 1 } = subject.data;
  if (failure === undefined) {
    return;
  }
  const isNews = isNewsSince(assessment, subject, failure.at);
  if (!isNews && failure.code === 'not-converged') {
    // Azure took the write and did nothing: it is looked at again, which closes it should that change, and not repeated.
    return;
  }
  const restMs = refusals <= 2 ? 0 : Math.min(60_000 * 2 ** (refusals - 2), longestRestMs);
  const due = isNews ? new Date(Date.parse(failure.at) + restMs) : dueAt(subject);
  if (due !== undefined && due > assessment.lookedAt) {
    wakeBy(todo, due);
  } else {
    settleDrift(matter, subject);
  }
}

/** Locks come off by themselves or with news; every other hold stands until the decision is another one. */
function reconsiderHold(matter: Matter, subject: Case): void {
  const { assessment } = matter;
  const { hold } = subject.data;
  const isResting = hold?.reason === 'locked' && new Date(hold.until ?? 0) > assessment.lookedAt;
  if (!isResting || isNewsSince(assessment, subject, hold.at)) {
    settleDrift(matter, subject);
  }
}

/** The budget is counted by the hour. A minute later, so that clocks need not agree. */
function nextHour(now: Date): Date {
  const hourMs = 60 * 60_000;
  return new Date((Math.floor(now.getTime() / hourMs) + 1) * hourMs + 60_000);
}

/**
 * Goes on with a change that was stored before: after a crash, or an answer that never came. Where the resource is neither
 * as it was nor as the change makes it, somebody wrote meanwhile: a change of one step, which may be repeated, is planned
 * anew; of a longer one a part may be done, and a person has to say what holds.
 */
function resume(matter: Matter, subject: Case): void {
  const { draft, todo, judgement } = matter;
  if (isAt(judgement.observation.resource, nextStep(subject).before)) {
    todo.execute.push(subject);
    return;
  }
  const reason = 'the resource is neither as it was when the change was planned nor as the change makes it';
  const said = { reason, requestIds: [...subject.data.requestIds] };
  if (subject.data.change?.steps.length === 1) {
    draft.move(subject, 'change-withdrawn', said);
    settleDrift(matter, subject);
  } else {
    draft.move(subject, 'case-stuck', said);
  }
}

/** Our write was accepted and the drift is there: it may take a while, or somebody opened it again. */
function awaitVerification(matter: Matter, subject: Case): void {
  const { assessment, draft, todo } = matter;
  const { appliedAt } = subject.data;
  const age = assessment.lookedAt.getTime() - Date.parse(appliedAt ?? '');
  const wasReopened = isNewsSince(assessment, subject, appliedAt);
  if (!wasReopened && age < verifyWithinMs) {
    wakeBy(todo, new Date(assessment.lookedAt.getTime() + verifyWithinMs / 4));
    return;
  }
  const message = wasReopened
    ? 'Cannot verify the change: somebody wrote to the resource after it'
    : 'Cannot verify the change: Azure accepted it and the resource is not in sync';
  failCase(draft, subject, new RemediationError('not-converged', message), assessment.engine.clock);
  if (wasReopened) {
    settleDrift(matter, subject);
  }
}

/** Whether somebody wrote to the resource of a case after that moment. */
function isNewsSince({ notes }: Assessment, { data }: Case, moment: string | undefined): boolean {
  return notes.some((note) => isEventOn(note, data.resource) && (moment === undefined || note.time > moment));
}
