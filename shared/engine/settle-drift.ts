import { isDeepStrictEqual } from 'node:util';
import { timestamp } from '../clock.ts';
import type { Assessment, ToDo } from './assessment.ts';
import { wakeBy } from './assessment.ts';
import { circumstancesOf } from './circumstances.ts';
import type { Decision, Hold } from './decide.ts';
import { decide } from './decide.ts';
import type { Case, Draft } from './draft.ts';
import { escalate } from './escalate.ts';
import type { Judgement } from './evaluate.ts';
import type { Drift, JsonObject, Plan } from './remediator.ts';
import { asJson } from './stored.ts';

/** One drift, with everything that is drafted and done about it. */
export interface Matter {
  readonly assessment: Assessment;
  readonly draft: Draft;
  readonly todo: ToDo;
  readonly judgement: Judgement;
  readonly drift: Drift;
}

/** Decides, and drafts the decision where it is another one than before. */
export function settleDrift(matter: Matter, subject: Case): void {
  const { assessment, draft, todo, judgement, drift } = matter;
  const { policy } = assessment.engine;
  const plan = judgement.remediator.plan(judgement.observation, drift);
  const decision = decide(circumstancesOf(assessment, judgement, drift, subject, plan));
  if (decision.kind === 'hold' && decision.until !== undefined) {
    wakeBy(todo, decision.until);
  }
  if (decision.kind === 'ignore' || isStanding(subject, decision)) {
    return;
  }
  if (subject.state !== 'open') {
    draft.move(subject, 'case-reconsidered', {});
  }
  const basis = { policy: policy.name, rule: decision.rule, witnessed: subject.data.witnessed };
  switch (decision.kind) {
    case 'hold':
      hold(matter, subject, decision, plan, basis);
      return;
    case 'ask': {
      const because = decision.because === undefined ? {} : { because: decision.because };
      draft.move(
        subject,
        'decision-requested',
        { change: asJson(decision.change), ...because, ...basis },
        { change: decision.change },
      );
      return;
    }
    case 'change': {
      const released = decision.released === undefined ? {} : { released: decision.released };
      draft.move(
        subject,
        'case-decided',
        { decision: 'change', ...released, ...basis },
        { change: decision.change },
      );
      assessment.allowance.take();
      todo.execute.push(subject);
    }
  }
}

function hold(
  { assessment, draft }: Matter,
  subject: Case,
  { reason, detail, until, told }: Hold,
  plan: Plan,
  basis: JsonObject,
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
    { hold: { reason, at: timestamp(assessment.engine.clock), ...end } },
  );
  if (reason === 'tug-of-war') {
    escalate(draft, subject, 'tug-of-war', told ?? {});
  }
}

/** Holds whose end was said by people: when it moves, that is news. The end of any other is only when to look again. */
const endIsNews: readonly string[] = ['exempt', 'frozen'];

/** Whether the case already stands as decided, so that there is nothing new to say. */
function isStanding({ state, data }: Case, decision: Exclude<Decision, { kind: 'ignore' }>): boolean {
  if (decision.kind === 'hold') {
    const { reason, until } = decision;
    return (
      state === 'held' &&
      data.hold?.reason === reason &&
      (!endIsNews.includes(reason) || data.hold.until === until?.toISOString())
    );
  }
  return (
    decision.kind === 'ask' &&
    state === 'awaiting-decision' &&
    isDeepStrictEqual(asJson(data.change), asJson(decision.change))
  );
}
