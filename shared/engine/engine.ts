import type { Observer } from '../contract/observer.ts';
import type { StepExecutor } from '../contract/executor.ts';
import type { DecisionVerifier } from '../approval/decision-verifier.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Policy } from '../policy/policy.ts';
import type { KillSwitch } from '../policy/kill-switch.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { WorkStore } from '../work/work.ts';
import type { Activity } from '../contract/activity.ts';
import type { Breaker } from './guards/breaker.ts';
import type { Remediator } from '../contract/remediator.ts';
import type { Surroundings } from '../contract/surroundings.ts';
import type { TenantBudget } from './guards/tenant-budget.ts';

/** Everything that the engine works with. */
export interface Engine {
  readonly remediators: readonly Remediator[];
  readonly observers: readonly Observer[];
  readonly executors: readonly StepExecutor[];
  readonly ledger: Ledger;
  readonly work: WorkStore;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Client ids of our own identities, lower case. */
  readonly ownClientIds: readonly string[];
  /** Asked before deciding; executors ask it again before each write. */
  readonly killSwitch: KillSwitch;
  readonly surroundings: Surroundings;
  readonly activity: Activity;
  /** Says which decisions of people are genuine. */
  readonly decisions: DecisionVerifier;
  /** Counts failures of each control, everywhere. */
  readonly breaker: Breaker;
  /** Changes of this hour in all guarded subscriptions. */
  readonly tenantBudget: TenantBudget;
}
