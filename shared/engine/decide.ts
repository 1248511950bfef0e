import type { HoldReason } from '../ledger/format/states.ts';
import type { Policy } from '../policy/policy.ts';
import type { Change, Plan, RemediatorMeta, Severity } from './remediator.ts';

/** What is done about a drift now. */
export type Decision =
  | { readonly kind: 'change'; readonly change: Change; readonly rule: string }
  | { readonly kind: 'ask'; readonly change: Change; readonly rule: string }
  | { readonly kind: 'hold'; readonly reason: HoldReason; readonly rule: string; readonly detail?: string }
  | { readonly kind: 'ignore'; readonly rule: string };

/** Everything that a decision rests on. */
export interface Circumstances {
  readonly meta: RemediatorMeta;
  readonly resource: string;
  readonly severity: Severity;
  readonly plan: Plan;
  /** Whether the drift opened while Leakstop watched. */
  readonly witnessed: boolean;
  /** Whether the hour's budget of changes is used up. */
  readonly isOverBudget: boolean;
  readonly policy: Policy;
}

/** Pure: the same circumstances give the same decision. Guardrails stand above the policy. */
export function decide(circumstances: Circumstances): Decision {
  const { meta, resource, severity, plan, witnessed, policy, isOverBudget } = circumstances;
  const { mode, rule } = policy.modeOf({
    control: meta.id,
    defaultMode: meta.defaultMode,
    resource,
    severity,
  });
  if (mode === 'off') {
    return { kind: 'ignore', rule };
  }
  if (plan.kind === 'not-offered') {
    const reason = mode === 'observe' ? 'observe' : 'not-offered';
    return { kind: 'hold', reason, rule, detail: plan.reason };
  }
  const { change } = plan;
  if (mode === 'observe') {
    return { kind: 'hold', reason: 'observe', rule };
  }
  if (mode === 'approve' || change.undo.kind === 'none') {
    return { kind: 'ask', change, rule };
  }
  if (!witnessed) {
    return { kind: 'hold', reason: 'unwitnessed', rule };
  }
  return isOverBudget ? { kind: 'hold', reason: 'budget', rule } : { kind: 'change', change, rule };
}
