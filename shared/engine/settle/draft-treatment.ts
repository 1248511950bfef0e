import { timestamp } from '../../clock.ts';
import { defined } from '../../defined.ts';
import type { CaseData } from '../../case/case-data.ts';
import type { Case, Draft } from '../../case/draft.ts';
import type { Basis } from '../../ledger/format/case-payloads.ts';
import type { Assessment } from '../decide/assessment.ts';
import { drawFor } from '../decide/draw.ts';
import type { Hold, Treatment } from '../decide/treatment.ts';
import { lookAskedSince } from '../look/news.ts';
import { ask, isAsked, noteOffer } from '../people/ask.ts';
import { escalate } from '../people/escalate.ts';
import { type Matter, wakeBy } from './matter.ts';

/** Drafts the decision, unless the case already stands so. */
export function draftTreatment(matter: Matter, subject: Case, decision: Standable): void {
  const { assessment, draft, judgement } = matter;
  const { policy, clock } = assessment.engine;
  if (decision.kind === 'hold' && decision.until !== undefined) {
    wakeBy(matter, decision.until);
  }
  if (isStanding(subject, decision, clock.now())) {
    noteOffer(draft, subject, judgement.plan());
    notePolicy(draft, subject, policy.name, decision.rule);
    return;
  }
  const wasAsked = subject.state === 'awaiting-decision';
  if (subject.state !== 'open') {
    reopen(matter, subject);
  }
  subject.data = { ...subject.data, policy: policy.name };
  const basis = { policy: policy.name, rule: decision.rule, witnessed: subject.data.witnessed };
  switch (decision.kind) {
    case 'hold':
      hold(matter, subject, decision, basis);
      return;
    case 'ask':
      ask(matter, subject, { treatment: decision, basis, wasAsked });
      return;
    case 'change':
      startChange(matter, subject, decision, basis);
  }
}

/** A treatment under which a case stands. */
type Standable = Exclude<Treatment, { kind: 'ignore' }>;

/** Decides a case anew that stood otherwise, and names the person who asked for it. */
function reopen({ assessment, draft }: Matter, subject: Case): void {
  const look = lookAskedSince(assessment.notes, undefined);
  const askedBy = look?.askedBy;
  draft.move(
    subject,
    'case-reconsidered',
    askedBy === undefined ? {} : { askedBy },
    look === undefined ? {} : restsAnew(subject, askedBy !== undefined),
  );
}

function startChange(
  { assessment, draft, todo }: Matter,
  subject: Case,
  decision: Extract<Treatment, { kind: 'change' }>,
  basis: Basis,
): void {
  const { approval } = decision;
  const released = decision.released === undefined ? {} : { released: decision.released };
  const approved = approval === undefined ? {} : { approval };
  const reserve = approval === undefined ? drawOn(assessment, subject) : undefined;
  draft.move(
    subject,
    'case-decided',
    { decision: 'change', ...released, ...approved, ...basis },
    { change: decision.change, approval, reserve },
  );
  todo.execute.push(subject);
}

/** Takes the write of a change from the budget, or else from the reserve. */
function drawOn(assessment: Assessment, subject: Case): CaseData['reserve'] {
  const draw = drawFor(assessment, subject.data.severity, subject);
  if (draw.kind === 'reserve') {
    assessment.reserve.take();
    return { floor: draw.floor };
  }
  assessment.allowance.take();
  return undefined;
}

/**
 * Forgets the earlier rests of a case that is tried because somebody expects it to pass now. News that had no effect
 * once raises no expectation the next time; a person's request does.
 */
function restsAnew({ state, data }: Case, isAsked: boolean): Partial<Case['data']> {
  if (state === 'held' && data.hold?.times !== undefined && (isAsked || data.hold.hurried === undefined)) {
    return { hold: { ...data.hold, times: undefined, hurried: undefined } };
  }
  return state === 'failed' && isAsked && data.failure?.code !== 'not-converged'
    ? { refusals: undefined }
    : {};
}

/**
 * Records once for each policy that the case stands as decided: later looks then know that the new policy was asked.
 */
function notePolicy(draft: Draft, subject: Case, policy: string, rule: string): void {
  if (subject.data.policy !== policy) {
    draft.move(subject, 'case-observed', { policy, rule, stands: true }, { policy });
  }
}

/** The policy turned the control off: an open question is withdrawn, and the case stays as a record. */
export function leaveAlone({ assessment, draft }: Matter, subject: Case, rule: string): void {
  const { engine } = assessment;
  if (subject.state !== 'awaiting-decision' && subject.state !== 'open') {
    return;
  }
  if (subject.state === 'awaiting-decision') {
    draft.move(subject, 'case-reconsidered', {});
  }
  const { name: policy } = engine.policy;
  const hold = { reason: 'observe', at: timestamp(engine.clock) } as const;
  draft.move(subject, 'case-held', { reason: hold.reason, mode: 'off', rule, policy }, { hold, policy });
}

function hold(
  { assessment, draft, judgement }: Matter,
  subject: Case,
  { reason, detail, until, by, told }: Hold,
  basis: Basis,
): void {
  const plan = judgement.plan();
  const end = until === undefined ? {} : { until: until.toISOString() };
  draft.move(
    subject,
    'case-held',
    {
      reason,
      ...(detail === undefined ? {} : { detail }),
      ...(plan.kind === 'not-offered' ? { guidance: plan.guidance } : {}),
      ...told,
      ...end,
      ...basis,
    },
    {
      hold: { reason, at: timestamp(assessment.engine.clock), ...end, ...defined({ by }) },
      // People can decide about the offered change though the case is held.
      change: plan.kind === 'change' ? plan.change : undefined,
    },
  );
  if (reason === 'tug-of-war' && until === undefined) {
    const { rounds = 0, withinMs = 0, writers = [] } = told ?? {};
    escalate(draft, subject, { reason, rounds, withinMs, writers });
  }
}

/** Holds whose end people set: a moved end is news. The end of any other hold is only the time of the next look. */
const endIsNews: readonly string[] = ['exempt', 'denied', 'frozen'];

/** True if the case already stands as decided, so that there is nothing new to say. */
function isStanding(subject: Case, decision: Standable, now: Date): boolean {
  const { state, data } = subject;
  if (decision.kind === 'hold') {
    const { reason, until } = decision;
    return (
      state === 'held' &&
      data.hold?.reason === reason &&
      (!endIsNews.includes(reason) || data.hold.until === until?.toISOString())
    );
  }
  return decision.kind === 'ask' && isAsked(subject, decision.change, now);
}
