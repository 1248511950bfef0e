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
  /** Number of times that the drift was closed within the policy's time. */
  readonly rounds: number;
  /** When it was last closed. */
  readonly closedAt?: string | undefined;
  /** The actors who re-opened the drift, as far as events or the Activity Log tell. */
  readonly writers: readonly JsonObject[];
}

/** The facts that the guardrails read, besides the policy. */
export interface Guards {
  readonly killSwitch: SwitchState;
  readonly manager: Manager;
  readonly tugOfWar: TugOfWar | undefined;
  readonly breaker: Tripped | undefined;
  /** True if the hour's budget of changes, and the reserve, are used up for this drift. */
  readonly isOverBudget: boolean;
  /** When the reserve has room again, for drift that may draw on it. */
  readonly roomAt?: Date | undefined;
}

/** Guards without any obstacle. */
export const calm: Guards = {
  killSwitch: { changes: 'allowed', because: 'said' },
  manager: { kind: 'none' },
  tugOfWar: undefined,
  breaker: undefined,
  isOverBudget: false,
};

/** All facts on which a decision rests. */
export interface Circumstances extends Guards {
  readonly meta: RemediatorMeta;
  /** The subject of the questions to the policy. */
  readonly subject: PolicySubject;
  readonly plan: Plan;
  /** True if the drift opened while Leakstop watched. */
  readonly witnessed: boolean;
  /** True if people left the drift open, and it became another drift since. */
  readonly wasLeftOpen: boolean;
  /** The permission that an undo gave; without effect once it has expired. */
  readonly permission: ExemptionRuling | undefined;
  /** The outcome of people's decisions about this very change. */
  readonly outcome: DecisionOutcome;
  /** Azure's own exemptions that cover the resource. */
  readonly azureExemptions: readonly AzureExemption[];
  readonly policy: Policy;
  readonly now: Date;
}
