import { decide, type Decision } from '../engine/decide.ts';
import type { Change, Difference, Drift, Exposure, Mode, Plan, Severity } from '../engine/remediator.ts';
import type { HoldReason } from '../ledger/format/states.ts';
import type { Policy, PolicySubject } from '../policy/policy.ts';
import type { Place } from './body.ts';
import { type FoundDrift, tagsOf } from './found.ts';

/** What would be done about one drift, as things are. */
export interface Outcome {
  readonly resource: string;
  readonly control: string;
  readonly title: string;
  readonly severity: Severity;
  readonly exposure?: Exposure;
  readonly differences: readonly Difference[];
  readonly witnessed: boolean;
  readonly mode: Mode;
  /** The rule of the policy that says so. */
  readonly rule: string;
  readonly does: Decision['kind'];
  /** Why it would be left as it is. */
  readonly reason?: HoldReason;
  readonly detail?: string;
  /** What a person can do where no change is offered. */
  readonly guidance?: string;
  /** What may stop working when it is closed. */
  readonly impact: string;
  /** How the change can be taken back; absent where none is offered. */
  readonly undo?: Change['undo'];
  readonly place?: Place;
}

/** What the policy says about one drift at a moment. Pure. */
export function outcomeOf(found: FoundDrift, policy: Policy, now: Date): Outcome {
  const { remediator, observation, drift, place, severity } = found;
  const { meta } = remediator;
  const plan = remediator.plan(observation, drift);
  const subject = subjectOf(found);
  const decision = decided(found, plan, policy, now);
  return {
    resource: found.resource,
    control: meta.id,
    title: meta.title,
    severity,
    ...exposureOf(drift),
    differences: drift.differences,
    witnessed: found.witnessed,
    mode: policy.modeOf(subject).mode,
    rule: decision.rule,
    does: decision.kind,
    ...reasonOf(decision),
    ...planOf(plan, meta.impact),
    ...(place === undefined ? {} : { place }),
  };
}

export function subjectOf({ remediator, resource, severity, observation }: FoundDrift): PolicySubject {
  const { id, defaultMode } = remediator.meta;
  return { control: id, defaultMode, resource, severity, tags: tagsOf(observation) };
}

/**
 * The one place that asks `decide`. What only a running service knows (budget, kill switch, breaker, tug-of-war) is taken
 * to stand in no way.
 */
export function decided(found: FoundDrift, plan: Plan, policy: Policy, _now: Date): Decision {
  return decide({
    meta: found.remediator.meta,
    resource: found.resource,
    severity: found.severity,
    plan,
    witnessed: found.witnessed,
    isOverBudget: false,
    policy,
  });
}

function exposureOf({ exposure }: Drift): Pick<Outcome, 'exposure'> {
  return exposure === undefined ? {} : { exposure };
}

function reasonOf(decision: Decision): Pick<Outcome, 'reason' | 'detail'> {
  if (decision.kind !== 'hold') {
    return {};
  }
  return { reason: decision.reason, ...(decision.detail === undefined ? {} : { detail: decision.detail }) };
}

function planOf(plan: Plan, impact: string): Pick<Outcome, 'impact' | 'undo' | 'guidance'> {
  return plan.kind === 'change'
    ? { impact: plan.change.impact, undo: plan.change.undo }
    : { impact, guidance: plan.guidance };
}
