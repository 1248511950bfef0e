import type { DecisionOutcome } from '../../approval/rules.ts';
import type { Plan } from '../../contract/change.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { RemediatorMeta } from '../../contract/remediator.ts';
import type { AzureExemption, Manager } from '../../contract/surroundings.ts';
import type { SwitchState } from '../../policy/kill-switch.ts';
import type { ExemptionRuling, Policy, PolicySubject } from '../../policy/policy.ts';
import type { Tripped } from '../engine.ts';

/** A drift that keeps coming back. */
export interface TugOfWar {
  /** How often it was closed within the time of the policy. */
  readonly rounds: number;
  /** Who re-opened it, as far as events or the Activity Log tell. */
  readonly writers: readonly JsonObject[];
}

/** What the guardrails look at, besides the policy. */
export interface Guards {
  readonly killSwitch: SwitchState;
  readonly manager: Manager;
  readonly tugOfWar: TugOfWar | undefined;
  readonly breaker: Tripped | undefined;
  /** Whether the hour's budget of changes is used up for drift of this severity. */
  readonly isOverBudget: boolean;
}

/** Nothing stands in the way. */
export const calm: Guards = {
  killSwitch: { changes: 'allowed', because: 'said' },
  manager: { kind: 'none' },
  tugOfWar: undefined,
  breaker: undefined,
  isOverBudget: false,
};

/** Everything that a decision rests on. */
export interface Circumstances extends Guards {
  readonly meta: RemediatorMeta;
  /** What the policy is asked about. */
  readonly subject: PolicySubject;
  readonly plan: Plan;
  /** Whether the drift opened while Leakstop watched. */
  readonly witnessed: boolean;
  /** Whether people left the drift open, and it became another one since. */
  readonly wasLeftOpen: boolean;
  /** The permission that an undo gave; over when it has expired. */
  readonly permission: ExemptionRuling | undefined;
  /** What people decided about this very change. */
  readonly outcome: DecisionOutcome;
  /** Azure's own exemptions that cover the resource. */
  readonly azureExemptions: readonly AzureExemption[];
  readonly policy: Policy;
  readonly now: Date;
}
