import { timestamp } from '../../clock.ts';
import { ask, hasUnverified, isAsked, mayBeLeftOpen, noteOffer, voidDecisions } from '../people/ask.ts';
import type { Assessment, ToDo } from '../decide/assessment.ts';
import { lookAskedSince, wakeBy } from '../decide/assessment.ts';
import { circumstancesOf } from '../decide/circumstances.ts';
import type { Decision, Hold } from '../decide/decide.ts';
import { decide } from '../decide/decide.ts';
import type { Case, Draft } from '../../case/draft.ts';
import { escalate } from '../people/escalate.ts';
import type { Judgement } from '../../contract/judgement.ts';
import { planFor } from '../../case/one-step.ts';
import type { Drift } from '../../contract/observation.ts';
import type { Basis } from '../../ledger/format/case-payloads.ts';
import type { Plan } from '../../contract/change.ts';

/** One drift, with everything that is drafted and done about it. */
export interface Matter {
  readonly assessment: Assessment;
  readonly draft: Draft;
  readonly todo: ToDo;
  readonly judgement: Judgement;
  readonly drift: Drift;
}

/** A decision that could not be verified is looked at again after so long, in milliseconds. */
export const verifyAgainMs = 60_000;

/** Decides, and drafts the decision where it is another one than before. */
export function settleDrift(matter: Matter, subject: Case): void {
  const { assessment, todo, judgement, drift } = matter;
  const plan = planFor(judgement.remediator, judgement.observation, drift);
  voidDecisions(matter, subject, plan, judgement.resource);
  if (hasUnverified(assessment, subject)) {
    wakeBy(todo, new Date(assessment.lookedAt.getTime() + verifyAgainMs));
  }
  const decision = decide(circumstancesOf(assessment, judgement, drift, subject, plan));
  if (decision.kind === 'change' && mayBeLeftOpen(assessment, subject)) {
    // A wrong change is worse than a late one: it is decided once the key can be had.
    wakeBy(todo, new Date(assessment.lookedAt.getTime() + verifyAgainMs));
  } else if (decision.kind === 'ignore') {
    leaveAlone(matter, subject, decision.rule);
  } else {
    draftDecision(matter, subject, decision, plan);
  }
}

/** Drafts what was decided, unless the case stands so already. */
function draftDecision(
  matter: Matter,
  subject: Case,
  decision: Exclude<Decision, { kind: 'ignore' }>,
  plan: Plan,
): void {
  const { assessment, draft, todo } = matter;
  const { policy } = assessment.engine;
  if (decision.kind === 'hold' && decision.until !== undefined) {
    wakeBy(todo, decision.until);
  }
  if (isStanding(subject, decision, assessment.engine.clock.now())) {
    noteOffer(draft, subject, plan);
    notePolicy(draft, subject, policy.name, decision.rule);
    return;
  }
  const wasAsked = subject.state === 'awaiting-decision';
  if (subject.state !== 'open') {
    const look = lookAskedSince(assessment, undefined);
    const askedBy = look?.askedBy;
    draft.move(
      subject,
      'case-reconsidered',
      askedBy === undefined ? {} : { askedBy },
      look === undefined ? {} : restsAnew(subject, askedBy !== undefined),
    );
  }
  subject.data = { ...subject.data, policy: policy.name };
  const basis = { policy: policy.name, rule: decision.rule, witnessed: subject.data.witnessed };
  switch (decision.kind) {
    case 'hold':
      hold(matter, subject, decision, plan, basis);
      return;
    case 'ask':
      ask(matter, subject, decision, basis, wasAsked);
      return;
    case 'change': {
      const { approval } = decision;
      const released = decision.released === undefined ? {} : { released: decision.released };
      const approved = approval === undefined ? {} : { approval };
      draft.move(
        subject,
        'case-decided',
        { decision: 'change', ...released, ...approved, ...basis },
        { change: decision.change, approval },
      );
      if (approval === undefined) {
        assessment.allowance.take();
      }
      todo.execute.push(subject);
    }
  }
}

/**
 * What was tried because somebody expects it to pass now rests no longer for what it met before. News that came to nothing is
 * not expected to tell more the next time; a person is.
 */
function restsAnew({ state, data }: Case, isAsked: boolean): Partial<Case['data']> {
  if (state === 'held' && data.hold?.times !== undefined && (isAsked || data.hold.hurried === undefined)) {
    return { hold: { ...data.hold, times: undefined, hurried: undefined } };
  }
  return state === 'failed' && isAsked && data.failure?.code !== 'not-converged'
    ? { refusals: undefined }
    : {};
}

/** Whether enough people said since a moment what is to be done about a case that rests. What does not count is said, too. */
export function isNewlyDecided(matter: Matter, subject: Case, since: string): boolean {
  const { assessment, todo, judgement, drift } = matter;
  if ((subject.data.decisions ?? []).length === 0) {
    return false;
  }
  const plan = planFor(judgement.remediator, judgement.observation, drift);
  voidDecisions(matter, subject, plan, judgement.resource);
  if (hasUnverified(assessment, subject)) {
    wakeBy(todo, new Date(assessment.lookedAt.getTime() + verifyAgainMs));
  }
  const { outcome } = circumstancesOf(assessment, judgement, drift, subject, plan);
  return outcome.kind === 'decided' && outcome.decisions.some(({ at }) => at > since);
}

/** Whether a change that was begun and not made would be decided as things are now. It has its place in the budget. */
export function isStillDecided({ assessment, judgement, drift }: Matter, subject: Case): boolean {
  const plan = planFor(judgement.remediator, judgement.observation, drift);
  const circumstances = circumstancesOf(assessment, judgement, drift, subject, plan);
  return decide({ ...circumstances, isOverBudget: false }).kind === 'change';
}

/** Says once for each policy that the case stands as it was decided: later looks know that nothing is owed to the new one. */
function notePolicy(draft: Draft, subject: Case, policy: string, rule: string): void {
  if (subject.data.policy !== policy) {
    draft.move(subject, 'case-observed', { policy, rule, stands: true }, { policy });
  }
}

/** The policy turned the control off: a question that was asked is no longer one, and the case stays as a record. */
function leaveAlone({ assessment, draft }: Matter, subject: Case, rule: string): void {
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
  { assessment, draft }: Matter,
  subject: Case,
  { reason, detail, until, told }: Hold,
  plan: Plan,
  basis: Basis,
): void {
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
      hold: { reason, at: timestamp(assessment.engine.clock), ...end },
      // With what is offered, people can decide though the case is held.
      change: plan.kind === 'change' ? plan.change : undefined,
    },
  );
  if (reason === 'tug-of-war') {
    const { rounds = 0, withinMs = 0, writers = [] } = told ?? {};
    escalate(draft, subject, { reason, rounds, withinMs, writers });
  }
}

/** Holds whose end was said by people: when it moves, that is news. The end of any other is only when to look again. */
const endIsNews: readonly string[] = ['exempt', 'denied', 'frozen'];

/** Whether the case already stands as decided, so that there is nothing new to say. */
function isStanding(subject: Case, decision: Exclude<Decision, { kind: 'ignore' }>, now: Date): boolean {
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
