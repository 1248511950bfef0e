import type { Clock } from '../../clock.ts';
import { timestamp } from '../../clock.ts';
import type { RemediationError } from '../../errors.ts';
import { redact } from '../../text/secrets.ts';
import type { CloseReason } from '../../ledger/format/states.ts';
import type { Case, Draft } from '../../case/draft.ts';
import { withClosing } from '../../case/rounds.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Note } from '../../work/work.ts';
import { actorsOf } from '../../case/actors-of.ts';
import { isEventOn } from '../look/news.ts';

/** Closes a case whose resource is not there any more. */
export function closeGone(draft: Draft, subject: Case, payload: PayloadOf<'change-verified'>): void {
  end(draft, subject, 'gone', payload);
}

/**
 * Closes a case whose resource is in sync, with whatever its state still owes to the ledger. `writers` are all others who
 * may have ended the drift.
 */
export function closeInSync(
  draft: Draft,
  subject: Case,
  payload: PayloadOf<'change-verified'>,
  clock: Clock,
  writers: readonly JsonObject[] = [],
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
    const rounds = withClosing(subject.data, actorsOf(subject.data.opener), timestamp(clock));
    subject.data = { ...subject.data, rounds };
    end(draft, subject, 'fixed', named(writers, subject.data.otherWriters));
    return;
  }
  end(draft, subject, 'fixed-by-others', { ...payload, ...named(writers) });
}

/** Most writers that are named. */
const mostWriters = 10;

/** Everybody who may have ended a drift, each once. */
function named(...found: readonly (readonly JsonObject[] | undefined)[]): {
  readonly otherWriters?: JsonObject[];
} {
  const actors = found.flatMap((writers) => writers ?? []);
  const distinct = [...new Map(actors.map((actor) => [JSON.stringify(actor), actor])).values()];
  return distinct.length === 0 ? {} : { otherWriters: distinct.slice(0, mostWriters) };
}

/**
 * Everybody else who is told to have written to a resource since its drift was seen. `{}` stands for a writer whom the event
 * does not name.
 */
export function writersSince(notes: readonly Note[], { data }: Case): readonly JsonObject[] {
  return notes
    .filter(
      (note) =>
        isEventOn(note, data.resource) && note.source !== 'notification' && note.time > data.firstSeenDrifted,
    )
    .map(({ actor = {} }) => ({ ...actor }));
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
