import type { Clock } from '../../clock.ts';
import { timestamp } from '../../clock.ts';
import type { RemediationError } from '../../errors.ts';
import { redact } from '../../text/secrets.ts';
import type { CloseReason } from '../../ledger/format/states.ts';
import type { Case, Draft } from '../../case/draft.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';

/** Closes a case whose resource is not there any more. */
export function closeGone(draft: Draft, subject: Case, payload: PayloadOf<'change-verified'>): void {
  end(draft, subject, 'gone', payload);
}

/** Closes a case whose resource is in sync, with whatever its state still owes to the ledger. */
export function closeInSync(
  draft: Draft,
  subject: Case,
  payload: PayloadOf<'change-verified'>,
  clock: Clock,
): void {
  if (subject.state === 'changing') {
    // The answer to our write was lost, or the worker died around the write. The resource is as we meant to make it.
    draft.move(
      subject,
      'change-applied',
      { answer: 'unknown', requestIds: [...subject.data.requestIds] },
      { appliedAt: timestamp(clock) },
    );
  }
  if (subject.state === 'verifying') {
    draft.move(subject, 'change-verified', payload);
    const { otherWriters } = subject.data;
    end(draft, subject, 'fixed', otherWriters === undefined ? {} : { otherWriters });
    return;
  }
  end(draft, subject, 'fixed-by-others', payload);
}

function end(
  draft: Draft,
  subject: Case,
  reason: CloseReason,
  payload: Omit<PayloadOf<'case-closed'>, 'reason'>,
): void {
  draft.move(subject, 'case-closed', { reason, ...payload }, { closed: reason });
}

/** Ends a case's attempt for good, with the cause. The case stays open for people to see. */
export function failCase(draft: Draft, subject: Case, error: RemediationError, clock: Clock): void {
  const failure = {
    code: error.code,
    ...(error.action === undefined ? {} : { action: error.action }),
    ...(error.refusal === undefined ? {} : { refusal: error.refusal }),
    message: redact(error.message),
    at: timestamp(clock),
  };
  const refusals = (subject.data.refusals ?? 0) + 1;
  draft.move(subject, 'case-failed', failure, {
    failure,
    refusals,
    putOffSince: undefined,
  });
}
