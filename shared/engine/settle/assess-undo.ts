import type { DecisionOutcome } from '../../approval/rules.ts';
import type { Case } from '../../case/draft.ts';
import { stepOf } from '../../case/one-step.ts';
import { proposalHash, proposalOf } from '../../case/proposal.ts';
import { verifyWithinMs } from '../../case/rests.ts';
import { isAt } from '../../contract/condition.ts';
import type { ArmResource } from '../../contract/observation.ts';
import type { ErrorCode } from '../../errors.ts';
import { RemediationError } from '../../errors.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { Assessment } from '../decide/assessment.ts';
import { switchRestMs } from '../decide/guardrails.ts';
import { outcomeNow } from '../decide/outcome-now.ts';
import { hasUnverified, voidDecisionsOn } from '../people/void-decisions.ts';
import { closeUndone, giveUpUndo, isUndone, undoRefusedBecause } from './end-undo.ts';
import { awaitSignatures, lookAgainForSignatures, type Settling, wakeBy } from './matter.ts';

/** Drafts the effect of a look on a case that takes another case's change back. The control's own judgement plays no part. */
export function assessUndo(settling: Settling, subject: Case, resource: ArmResource): void {
  const refused = undoRefusedBecause(subject);
  if (refused !== undefined) {
    giveUp(settling, subject, 'not-supported', `Cannot undo: ${refused}`);
  } else if (subject.state === 'awaiting-decision') {
    settleAskedUndo(settling, subject, resource);
  } else {
    resumeUndo(settling, subject, resource);
  }
}

function giveUp({ draft, assessment }: Settling, subject: Case, code: ErrorCode, message: string): void {
  giveUpUndo(draft, subject, new RemediationError(code, message), assessment.engine.clock);
}

/** Goes on with an undo that was begun. */
function resumeUndo(settling: Settling, subject: Case, resource: ArmResource): void {
  const { assessment, draft, todo } = settling;
  const outcome = outcomeOfUndo(assessment, subject);
  // The row says that the undo is under way; only signatures show that people want it.
  if (outcome.kind === 'undecided' || outcome.verdict !== 'undo') {
    if (hasUnverified(assessment, subject)) {
      lookAgainForSignatures(settling);
      return;
    }
    giveUp(settling, subject, 'step-conflict', 'Cannot undo: nobody vouches for the decision any more');
  } else if (subject.state === 'changing' && isAt(resource, stepOf(subject).before)) {
    todo.execute.push(subject);
  } else if (isUndone(subject, resource)) {
    closeUndone(draft, subject);
  } else if (subject.state === 'verifying') {
    awaitUndoVerification(settling, subject);
  } else {
    giveUp(settling, subject, 'step-conflict', 'Cannot undo: the resource moved meanwhile');
  }
}

function awaitUndoVerification(settling: Settling, subject: Case): void {
  const { lookedAt } = settling.assessment;
  const age = lookedAt.getTime() - Date.parse(subject.data.appliedAt ?? '');
  if (age < verifyWithinMs) {
    wakeBy(settling, new Date(lookedAt.getTime() + verifyWithinMs / 4));
  } else {
    giveUp(settling, subject, 'not-converged', 'Cannot verify the undo: Azure accepted it only');
  }
}

/** The outcome of people's decisions about exactly the change that the row holds. */
function outcomeOfUndo(assessment: Assessment, subject: Case): DecisionOutcome {
  const about = {
    key: subject.key,
    caseId: subject.caseId,
    subscription: parseResourceId(assessment.root).subscriptionId,
    data: subject.data,
  };
  return outcomeNow(assessment, about, proposalHash(proposalOf(subject)));
}

/**
 * Makes an undo once enough people approve it. The undo is over when nobody answered in time, when the resource changed
 * meanwhile, or when somebody is against it.
 */
function settleAskedUndo(settling: Settling, subject: Case, resource: ArmResource): void {
  const { assessment } = settling;
  voidDecisionsOn(settling, subject, proposalHash(proposalOf(subject)));
  awaitSignatures(settling, subject);
  const outcome = outcomeOfUndo(assessment, subject);
  const fault = faultOf(assessment, subject, resource, outcome);
  if (fault !== undefined) {
    giveUp(settling, subject, 'step-conflict', `Cannot undo: ${fault}`);
  } else if (outcome.kind === 'decided') {
    startUndo(settling, subject, outcome);
  }
}

/** The reason why an undo that people were asked about is over; undefined while it is not. */
function faultOf(
  assessment: Assessment,
  subject: Case,
  resource: ArmResource,
  outcome: DecisionOutcome,
): string | undefined {
  if (assessment.facts.endedUndos.has(subject.caseId)) {
    return 'it was dealt with before';
  }
  if (!isAt(resource, stepOf(subject).before)) {
    return 'the resource moved meanwhile';
  }
  if (outcome.kind === 'decided') {
    return outcome.verdict === 'undo' ? undefined : 'somebody decided against it';
  }
  const isExpired = Date.parse(subject.data.asked?.expires ?? '') <= assessment.engine.clock.now().getTime();
  return isExpired && !hasUnverified(assessment, subject) ? 'nobody decided in time' : undefined;
}

function startUndo(
  settling: Settling,
  subject: Case,
  outcome: Extract<DecisionOutcome, { kind: 'decided' }>,
): void {
  const { assessment, draft, todo } = settling;
  const { undo } = subject.data;
  if (undo === undefined) {
    return;
  }
  if (assessment.facts.killSwitch.changes === 'stopped') {
    wakeBy(settling, new Date(assessment.engine.clock.now().getTime() + switchRestMs));
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
