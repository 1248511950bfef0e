import type { Caller } from '../entra/caller.ts';
import type { CaseRow } from '../ledger/ledger.ts';
import type { Verdict } from '../case/decision.ts';

/** What somebody asks to have recorded. */
export interface DecisionRequest {
  readonly subscription: string;
  readonly caseId: string;
  /** Hash of the proposal that was shown. */
  readonly proposal: string;
  readonly verdict: Verdict;
  /** 1 to 1,000 characters; may be empty for `approve` only. */
  readonly reason: string;
  /** Until when the drift may stay open, 90 days at most: of everything but `approve`. */
  readonly until?: Date;
}

export type RefusalCode = 'not-found' | 'not-allowed' | 'changed' | 'decided' | 'not-decidable' | 'malformed';

export type DecisionResult =
  /** `given` of `needed` people have said so. */
  | { readonly kind: 'recorded'; readonly given: number; readonly needed: number }
  | {
      readonly kind: 'refused';
      readonly code: RefusalCode;
      readonly message: string;
      /** With `changed`: hash of what stands now. */
      readonly current?: string;
      /** With `decided`: what was decided before. `at` is ISO 8601. */
      readonly decided?: GivenDecision;
    };

export interface GivenDecision {
  readonly verdict: Verdict;
  readonly by: string;
  readonly at: string;
}

/** What a caller may do about a case. */
export interface Options {
  /** Hash of the proposal that stands. */
  readonly proposal: string;
  readonly allowed: readonly Verdict[];
  /** Why a verdict is not allowed, for the caller. */
  readonly why: Readonly<Partial<Record<Verdict, string>>>;
  readonly given: readonly GivenDecision[];
  /** How many people it takes. */
  readonly needed: Readonly<Partial<Record<Verdict, number>>>;
}

export type SwitchResult =
  | { readonly kind: 'turned' }
  | {
      readonly kind: 'refused';
      readonly code: 'not-allowed' | 'malformed' | 'changed';
      readonly message: string;
    };

/** Records what people decide. It changes nothing in Azure: the worker verifies and carries out. */
export interface DecisionService {
  /** @throws RemediationError only for faults of storage, vault or policy; then nothing was recorded */
  decide(request: DecisionRequest, caller: Caller): Promise<DecisionResult>;
  /** For showing: the same rules as {@link decide}. @throws RemediationError */
  optionsFor(row: CaseRow, subscription: string, caller: Caller): Promise<Options>;
  /** @throws RemediationError when it could not be turned, or not be recorded */
  turnKillSwitch(to: 'stopped' | 'allowed', reason: string, caller: Caller): Promise<SwitchResult>;
}
