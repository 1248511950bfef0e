import { defined } from '../defined.ts';
import { policySubject } from '../engine/decide/policy-subject.ts';
import { calm } from '../engine/decide/circumstances.ts';
import { decide } from '../engine/decide/decide.ts';
import type { Treatment } from '../engine/decide/treatment.ts';
import { planFor } from '../case/one-step.ts';
import type { Change, Plan } from '../contract/change.ts';
import type { Difference, Drift, Exposure } from '../contract/observation.ts';
import type { Mode } from '../contract/remediator.ts';
import type { Severity } from '../contract/observation.ts';
import type { HoldReason } from '../ledger/format/states.ts';
import type { Policy, PolicySubject } from '../policy/policy.ts';
import type { Place } from './body.ts';
import type { FoundDrift } from './found.ts';

/** The response to one drift, as things are. */
export interface Outcome {
  readonly resource: string;
  readonly control: string;
  readonly title: string;
  readonly severity: Severity;
  readonly exposure?: Exposure;
  readonly differences: readonly Difference[];
  readonly witnessed: boolean;
  readonly mode: Mode;
  /** The deciding rule of the policy. */
  readonly rule: string;
  readonly does: Treatment['kind'];
  /** Why the drift would be left as it is. */
  readonly reason?: HoldReason;
  readonly detail?: string;
  /** When Leakstop would look again without news. */
  readonly until?: string;
  /** The rule that releases a drift which was not witnessed. */
  readonly released?: string;
  /** The guidance for a person where no change is offered. */
  readonly guidance?: string;
  /** The uses that may stop working when the drift is closed. */
  readonly impact: string;
  /** The way to take the change back; absent where none is offered. */
  readonly undo?: Change['undo'];
  readonly place?: Place;
}

/** The response of a policy to one drift at a moment. Pure. */
export function outcomeOf(found: FoundDrift, policy: Policy, now: Date): Outcome {
  const { remediator, observation, drift, place, severity } = found;
  const { meta } = remediator;
  const plan = planFor(remediator, observation, drift);
  const subject = policySubject(meta, observation, severity);
  const decision = decided(found, { plan, subject, policy, now });
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
    ...defined({ place }),
  };
}

/**
 * The one caller of `decide` in this folder. It assumes that nothing stands in the way that only a running service
 * knows: kill switch, budgets, breaker, tug-of-war, the manager of a group, Azure's own exemptions and the permission
 * of an undo.
 */
function decided(
  { remediator, witnessed }: FoundDrift,
  asked: {
    readonly plan: Plan;
    readonly subject: PolicySubject;
    readonly policy: Policy;
    readonly now: Date;
  },
): Treatment {
  return decide({
    ...calm,
    ...asked,
    meta: remediator.meta,
    witnessed,
    permission: undefined,
    wasLeftOpen: false,
    outcome: { kind: 'undecided' },
    azureExemptions: [],
  });
}

function exposureOf({ exposure }: Drift): Pick<Outcome, 'exposure'> {
  return defined({ exposure });
}

function reasonOf(decision: Treatment): Pick<Outcome, 'reason' | 'detail' | 'until' | 'released'> {
  switch (decision.kind) {
    case 'hold': {
      const { reason, detail, until } = decision;
      return {
        reason,
        ...defined({ detail, until: until?.toISOString() }),
      };
    }
    case 'ask':
      return defined({ detail: decision.because });
    case 'change':
      return defined({ released: decision.released });
    case 'ignore':
      return {};
  }
}

function planOf(plan: Plan, impact: string): Pick<Outcome, 'impact' | 'undo' | 'guidance'> {
  return plan.kind === 'change'
    ? { impact: plan.change.impact, undo: plan.change.undo }
    : { impact, guidance: plan.guidance };
}
