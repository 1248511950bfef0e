import type { Opener } from '../case/case-data.ts';
import type { Failure } from '../case/draft.ts';
import type { Observer } from '../contract/observer.ts';
import type { StepExecutor } from '../contract/executor.ts';
import type { DecisionVerifier } from '../approval/decision-verifier.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Limits, Policy } from '../policy/policy.ts';
import type { KillSwitch } from '../policy/kill-switch.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { SweepStore } from '../work/sweep-store.ts';
import type { WorkStore } from '../work/work.ts';
import type { Activity } from '../contract/activity.ts';
import type { Remediator } from '../contract/remediator.ts';
import type { Surroundings } from '../contract/surroundings.ts';

/** Everything that the engine works with. */
export interface Engine {
  readonly remediators: readonly Remediator[];
  readonly observers: readonly Observer[];
  readonly executors: readonly StepExecutor[];
  readonly ledger: Ledger;
  readonly work: WorkStore;
  /** Tells which resources the last sweep read. */
  readonly sweeps: Pick<SweepStore, 'lastRead'>;
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
  /** Tells which decisions of people are genuine. */
  readonly decisions: DecisionVerifier;
  /** Counts failures of each control, everywhere. */
  readonly breaker: Breaker;
  /** Changes of this hour in all guarded subscriptions. */
  readonly tenantBudget: TenantBudget;
  /** Changes of this hour by the principals who caused them. */
  readonly writerShares: WriterShares;
}

/**
 * Counts the changes of an hour by the principals who may have opened the drifts. No principal uses up the budget of all
 * others. Each process counts for itself: several overshoot by what the others start.
 */
export interface WriterShares {
  /** True if everybody who may have opened a drift has used up their share; an unknown opener has not. */
  isUsedUp(opener: Opener, limits: Limits): boolean;
  /** Counts a change that was started. */
  take(opener: Opener): void;
}

/**
 * Counts failed verifications and undos of each control, in all subscriptions. The count is a case in the chain `tenant`,
 * one for each control: writers meet at its version, so that none is lost, and each failure has a name, so that
 * none is counted twice.
 */
export interface Breaker {
  /** Reads the counts again, if they are older than a few seconds, and closes those that have passed. @throws RemediationError */
  refresh(limits: Limits): Promise<void>;
  /** The trip that stops automatic repair of a control in a subscription, as last read. Undefined if there is none. */
  trippedOf(control: string, subscription: string, limits: Limits): Tripped | undefined;
  /** Counts one failure, and stops the control when it is one too many. @throws RemediationError */
  record(failure: Failure, limits: Limits): Promise<void>;
}

/** The automatic repair of a control is stopped, because it failed too often. */
export interface Tripped {
  readonly failures: number;
  /** The subscription in which it is stopped; undefined if it is stopped everywhere. */
  readonly subscription?: string | undefined;
  /** The moment at which enough failures have left the window for the repair to go on. */
  readonly until: Date;
}

/**
 * Changes that started in this hour in all guarded subscriptions together. Each subscription counts its own under its
 * head's ETag, and no transaction spans several. The sum is therefore read, a few seconds old at most, and changes
 * that this process starts are added at once. Several processes together can overshoot by the changes that the others
 * start within those seconds.
 */
export interface TenantBudget {
  /** Reads the counts again, if they are not fresh. */
  refresh(): Promise<void>;
  /** The known use, with the changes that this process is about to start. */
  used(): number;
  /** Announces changes that are about to start; `settle` tells if they did. */
  take(count: number): { settle(started: boolean): void };
}
