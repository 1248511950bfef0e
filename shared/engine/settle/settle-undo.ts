import { proposalHash, proposalOf } from '../../case/proposal.ts';
import { isAt } from '../../contract/condition.ts';
import { timestamp } from '../../clock.ts';
import type { Clock } from '../../clock.ts';
import { RemediationError } from '../../errors.ts';
import { redact } from '../../text/secrets.ts';
import type { Assessment, ToDo } from '../decide/assessment.ts';
import { verifyWithinMs } from '../../case/rests.ts';
import { wakeBy } from '../decide/assessment.ts';
import { hasUnverified, voidDecisionsOn } from '../people/ask.ts';
import type { Outcome } from '../../approval/rules.ts';
import { outcomeNow } from '../decide/circumstances.ts';
import type { Case, Draft } from '../../case/draft.ts';
import { nextStep } from '../act/merge.ts';
import { refusedBecause } from '../../case/one-step.ts';
import { switchRestMs } from '../decide/guardrails.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { ArmResource } from '../../contract/observation.ts';
import { failCase } from './close-case.ts';
import { verifyAgainMs } from './settle-drift.ts';

/** Whether a resource is as the undo of a case makes it. */
export function isUndone(subject: Case, resource: ArmResource): boolean {
  return refusalOf(subject) === undefined && isAt(resource, nextStep(subject).after);
}

/** Why the change of an undo is not carried out; undefined when it can be. */
function refusalOf({ data: { change, resource } }: Case): string | undefined {
  return change === undefined ? 'its row holds no change' : refusedBecause(change, resource);
}

/** Drafts what a look means for a case that takes another one back. What the control says of it plays no part. */
export function assessUndo(
  assessment: Assessment,
  draft: Draft,
  todo: ToDo,
  subject: Case,
  resource: ArmResource,
): void {
  const { engine, lookedAt } = assessment;
  const refused = refusalOf(subject);
  if (refused !== undefined) {
    giveUpUndo(
      draft,
      subject,
      new RemediationError('not-supported', `Cannot undo: ${refused}`),
      engine.clock,
    );
    return;
  }
  if (subject.state === 'awaiting-decision') {
    settleAskedUndo(assessment, draft, todo, subject, resource);
    return;
  }
  const outcome = outcomeOfUndo(assessment, subject);
  // The row says that it is under way; that people want it only their signatures say.
  if (outcome.kind === 'undecided' || outcome.verdict !== 'undo') {
    if (hasUnverified(assessment, subject)) {
      wakeBy(todo, new Date(lookedAt.getTime() + verifyAgainMs));
      return;
    }
    const error = new RemediationError(
      'step-conflict',
      'Cannot undo: nobody vouches for the decision any more',
    );
    giveUpUndo(draft, subject, error, engine.clock);
  } else if (subject.state === 'changing' && isAt(resource, nextStep(subject).before)) {
    todo.execute.push(subject);
  } else if (isUndone(subject, resource)) {
    closeUndone(draft, subject);
  } else if (subject.state === 'verifying') {
    const age = lookedAt.getTime() - Date.parse(subject.data.appliedAt ?? '');
    if (age < verifyWithinMs) {
      wakeBy(todo, new Date(lookedAt.getTime() + verifyWithinMs / 4));
      return;
    }
    const error = new RemediationError('not-converged', 'Cannot verify the undo: Azure accepted it only');
    giveUpUndo(draft, subject, error, engine.clock);
  } else {
    const error = new RemediationError('step-conflict', 'Cannot undo: the resource moved meanwhile');
    giveUpUndo(draft, subject, error, engine.clock);
  }
}

/** What people decided about exactly the change that the row holds. */
function outcomeOfUndo(assessment: Assessment, subject: Case): Outcome {
  const about = {
    key: subject.key,
    caseId: subject.caseId,
    subscription: parseResourceId(assessment.root).subscriptionId,
    data: subject.data,
  };
  return outcomeNow(assessment, about, proposalHash(proposalOf(subject)));
}

/**
 * An undo that people were asked about is made once enough of them say so. It is over when nobody did in time, when the
 * resource moved meanwhile, or when somebody is against it.
 */
function settleAskedUndo(
  assessment: Assessment,
  draft: Draft,
  todo: ToDo,
  subject: Case,
  resource: ArmResource,
): void {
  const { engine, facts } = assessment;
  const now = engine.clock.now();
  const proposal = proposalHash(proposalOf(subject));
  voidDecisionsOn({ assessment, draft }, subject, proposal);
  const { undo } = subject.data;
  if (hasUnverified(assessment, subject)) {
    wakeBy(todo, new Date(assessment.lookedAt.getTime() + verifyAgainMs));
  }
  const outcome = outcomeOfUndo(assessment, subject);
  const fault = assessment.facts.endedUndos.has(subject.caseId)
    ? 'it was dealt with before'
    : !isAt(resource, nextStep(subject).before)
      ? 'the resource moved meanwhile'
      : outcome.kind === 'decided' && outcome.verdict !== 'undo'
        ? 'somebody decided against it'
        : outcome.kind === 'undecided' &&
            !hasUnverified(assessment, subject) &&
            Date.parse(subject.data.asked?.expires ?? '') <= now.getTime()
          ? 'nobody decided in time'
          : undefined;
  if (fault !== undefined) {
    giveUpUndo(draft, subject, new RemediationError('step-conflict', `Cannot undo: ${fault}`), engine.clock);
    return;
  }
  if (outcome.kind === 'undecided' || undo === undefined) {
    return;
  }
  if (facts.killSwitch.changes === 'stopped') {
    wakeBy(todo, new Date(now.getTime() + switchRestMs));
    return;
  }
  const until = outcome.until.toISOString();
  const approval = {
    by: outcome.decisions.map(({ by }) => by.objectId),
    decisions: outcome.decisions.map(({ id }) => id),
  };
  draft.move(subject, 'case-reconsidered', {});
  draft.move(
    subject,
    'case-decided',
    { decision: 'undo', undoes: undo.caseId, until, approval },
    { undo: { ...undo, until }, approval },
  );
  todo.execute.push(subject);
}

/** The drift is there again, by permission. The breaker counts it: what is taken back was not wanted. */
export function closeUndone(draft: Draft, subject: Case): void {
  const { undo } = subject.data;
  if (subject.state === 'changing') {
    draft.move(subject, 'change-applied', { answer: 'unknown', requestIds: [...subject.data.requestIds] });
  }
  if (subject.state === 'verifying') {
    draft.move(subject, 'change-verified', {});
  }
  const payload = undo === undefined ? {} : { undoes: undo.caseId, exemptUntil: undo.until };
  draft.move(subject, 'case-closed', { reason: 'undone', ...payload }, { closed: 'undone' });
  draft.strike(subject, 'undone', `undo of ${undo?.caseId ?? subject.caseId}`);
}

/** An undo that was not made is over: whoever asked for it is told, and asks again if it is still wanted. */
export function giveUpUndo(draft: Draft, subject: Case, error: RemediationError, clock: Clock): void {
  const message = redact(error.message);
  if (subject.state === 'changing') {
    draft.move(subject, 'change-withdrawn', { code: error.code, reason: message });
  }
  if (subject.state === 'verifying') {
    failCase(draft, subject, error, clock);
  }
  const failure = { code: error.code, message, at: timestamp(clock) };
  const payload = { reason: 'fixed-by-others', undo: 'not made', ...failure } as const;
  draft.move(subject, 'case-closed', payload, { closed: 'fixed-by-others', failure });
}
