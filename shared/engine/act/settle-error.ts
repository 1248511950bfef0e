import type { Clock } from '../../clock.ts';
import { timestamp } from '../../clock.ts';
import type { ErrorCode } from '../../errors.ts';
import { isCertainlyNotApplied, isTransient, type RemediationError } from '../../errors.ts';
import { isSameRefusal, refusalWords } from '../../refusal.ts';
import { redact } from '../../text/secrets.ts';
import type { Case, Draft } from '../../case/draft.ts';
import type { Engine } from '../engine.ts';
import { switchRestMs } from '../decide/guardrails.ts';
import { restWhileForbidden } from '../../case/rests.ts';
import { closeGone, failCase } from '../settle/close-case.ts';
import { giveUpUndo } from '../settle/end-undo.ts';

/** Drafts the effect of a write's error on its case; returns when to look at the case again, if ever. */
export function settleError(
  engine: Engine,
  draft: Draft,
  subject: Case,
  error: RemediationError,
): Date | undefined {
  const reason = redact(error.message);
  if (subject.data.undo !== undefined && (!isTransient(error) || isCertainlyNotApplied(error))) {
    giveUpUndo(draft, subject, error, engine.clock);
    return undefined;
  }
  if (error.code === 'changes-stopped') {
    const until = new Date(engine.clock.now().getTime() + switchRestMs);
    return withdrawAndHold(engine, draft, subject, { reason: 'kill-switch', until, error });
  }
  if (isTransient(error) && !isPutOffForLong(subject, error, engine.clock)) {
    // A write that had no effect is decided anew when its time comes. After any other error, the next look shows the
    // effect.
    if (isCertainlyNotApplied(error)) {
      const since = isPutOff(error) ? { putOffSince: putOffSince(subject, engine.clock) } : {};
      draft.move(subject, 'change-withdrawn', { code: error.code, reason }, since);
    }
    return undefined;
  }
  if (error.code === 'resource-gone') {
    closeGone(draft, subject, {});
    return undefined;
  }
  if (error.code === 'step-conflict') {
    draft.move(subject, 'change-withdrawn', { reason });
    return engine.clock.now();
  }
  const forbidden = forbiddenBy[error.code];
  if (forbidden !== undefined) {
    tellRefusal(engine, subject, error);
    return withdrawAndHold(engine, draft, subject, forbiddenHold(subject, forbidden, error, engine));
  }
  failCase(draft, subject, error, engine.clock);
  tellRefusal(engine, subject, error);
  return undefined;
}

/** Refusals that only somebody else can lift, whatever we write: the case waits and does not fail. */
const forbiddenBy: Partial<Record<ErrorCode, 'locked' | 'deny-assignment'>> = {
  'resource-locked': 'locked',
  'denied-by-assignment': 'deny-assignment',
};

/** The hold of a case after its change was taken back. */
interface Rest {
  readonly reason: 'kill-switch' | 'locked' | 'deny-assignment';
  readonly until: Date;
  /** The obstacle of the change. */
  readonly error: RemediationError;
  readonly times?: number;
  readonly hurried?: number;
}

/** Holds a case whose change Azure forbids. The rest grows each time that the same obstacle occurs. */
function forbiddenHold(
  { data }: Case,
  reason: 'locked' | 'deny-assignment',
  error: RemediationError,
  { clock }: Pick<Engine, 'clock'>,
): Rest {
  const isAsBefore = data.hold?.reason === reason && isSameRefusal(data.hold.refusal, error.refusal);
  const times = isAsBefore ? (data.hold?.times ?? 0) + 1 : 1;
  const now = clock.now();
  const isHurried =
    data.hold?.reason === reason &&
    Date.parse(data.hold.at) + restWhileForbidden(data.hold.times ?? 1) > now.getTime();
  return {
    reason,
    error,
    times,
    until: new Date(now.getTime() + restWhileForbidden(times)),
    ...(isHurried ? { hurried: (data.hold?.hurried ?? 0) + 1 } : {}),
  };
}

/** Takes back an intent that certainly had no effect, and lets the case rest. */
function withdrawAndHold(
  { clock }: Pick<Engine, 'clock'>,
  draft: Draft,
  subject: Case,
  { reason, until, error: { code, refusal, message }, times, hurried }: Rest,
): Date {
  const told = { reason, until: until.toISOString(), ...(refusal === undefined ? {} : { refusal }) };
  const detail = redact(message);
  draft.move(subject, 'change-withdrawn', { code, reason: detail });
  draft.move(
    subject,
    'case-held',
    { ...told, detail },
    {
      hold: {
        ...told,
        at: timestamp(clock),
        ...(times === undefined ? {} : { times }),
        ...(hurried === undefined ? {} : { hurried }),
      },
      putOffSince: undefined,
    },
  );
  return until;
}

/** Longest time for which a change is tried that another operation on the resource puts off. Then its case fails. */
const putOffMs = 10 * 60_000;

function isPutOff({ code }: RemediationError): boolean {
  return code === 'conflict' || code === 'operation-in-progress';
}

function putOffSince({ data }: Case, clock: Clock): string {
  return data.putOffSince ?? timestamp(clock);
}

function isPutOffForLong(subject: Case, error: RemediationError, clock: Clock): boolean {
  const since = Date.parse(putOffSince(subject, clock));
  return isPutOff(error) && clock.now().getTime() - since >= putOffMs;
}

/** Logs what people have to do, if Azure's answer tells. */
function tellRefusal(
  { logger }: Pick<Engine, 'logger'>,
  { caseId, data }: Case,
  error: RemediationError,
): void {
  const words = refusalWords(error);
  logger.warning('Change refused', {
    case: caseId,
    resource: data.resource,
    code: error.code,
    ...(words === undefined
      ? { reason: redact(error.message) }
      : { what: redact(words.what), mend: words.mend }),
  });
}

/** True if the draft ends the attempt of a case, so that no work on it waits. */
export function isOver(draft: Draft, { key }: Case): boolean {
  return [...draft.subjects].some((subject) => subject.key === key && subject.state === 'failed');
}
