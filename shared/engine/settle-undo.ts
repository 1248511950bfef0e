import { isAt } from '../azure/steps/executor.ts';
import { timestamp } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import { redact } from '../telemetry/secrets.ts';
import type { Assessment, ToDo } from './assessment.ts';
import { verifyWithinMs, wakeBy } from './assessment.ts';
import type { Case, Draft } from './draft.ts';
import { nextStep } from './merge.ts';
import type { ArmResource } from './remediator.ts';
import { failCase } from './settle.ts';

/** Whether a resource is as the undo of a case makes it. */
export function isUndone(subject: Case, resource: ArmResource): boolean {
  return isAt(resource, nextStep(subject).after);
}

/** Drafts what a look means for a case that takes another one back. What the control says of it plays no part. */
export function assessUndo(
  { engine, lookedAt }: Assessment,
  draft: Draft,
  todo: ToDo,
  subject: Case,
  resource: ArmResource,
): void {
  if (subject.state === 'changing' && isAt(resource, nextStep(subject).before)) {
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
  const payload = { reason: 'fixed-by-others', undo: 'not made', ...failure };
  draft.move(subject, 'case-closed', payload, { closed: 'fixed-by-others', failure });
}
