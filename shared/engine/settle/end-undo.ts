import { timestamp } from '../../clock.ts';
import type { Clock } from '../../clock.ts';
import type { Case, Draft } from '../../case/draft.ts';
import { refusedBecause, stepOf } from '../../case/one-step.ts';
import { isAt } from '../../contract/condition.ts';
import type { ArmResource } from '../../contract/observation.ts';
import type { RemediationError } from '../../errors.ts';
import { redact } from '../../text/secrets.ts';
import { failCase } from './close-case.ts';

/** The reason why the change of an undo is not carried out; undefined when it can be. */
export function undoRefusedBecause({ data: { change, resource } }: Case): string | undefined {
  return change === undefined ? 'its row holds no change' : refusedBecause(change, resource);
}

/** True if a resource is as the undo of a case makes it. */
export function isUndone(subject: Case, resource: ArmResource): boolean {
  return undoRefusedBecause(subject) === undefined && isAt(resource, stepOf(subject).after);
}

/**
 * The drift exists again, by permission. The breaker counts the undo: people did not want the change that is taken
 * back.
 */
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

/** Ends an undo that was not made. The person who asked for it is told, and asks again if it is still wanted. */
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
