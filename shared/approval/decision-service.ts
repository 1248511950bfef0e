import type { Caller } from '../entra/caller.ts';
import type { CaseRow } from '../ledger/ledger.ts';
import type { Verdict } from '../case/decision.ts';

/** A decision that somebody asks to record. */
export interface DecisionRequest {
  readonly subscription: string;
  readonly caseId: string;
  /** Hash of the proposal that the person was shown. */
  readonly proposal: string;
  readonly verdict: Verdict;
  /** 1 to 1,000 characters; may be empty for `approve` only. */
  readonly reason: string;
  /** Until when the drift may stay open, at most 90 days from now. Absent for `approve`. */
  readonly until?: Date;
}

export const refusalCodes = [
  'not-found',
  'not-allowed',
  'changed',
  'decided',
  'not-decidable',
  'malformed',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

export type DecisionResult =
  /** `given` of the `needed` people have given this verdict. */
  | { readonly kind: 'recorded'; readonly given: number; readonly needed: number }
  | {
      readonly kind: 'refused';
      readonly code: RefusalCode;
      readonly message: string;
      /** With `changed`: the hash of the proposal that stands now. */
      readonly current?: string;
      /** With `decided`: the earlier decision. `at` is ISO 8601. */
      readonly decided?: GivenDecision;
    };

export interface GivenDecision {
  readonly verdict: Verdict;
  readonly by: string;
  readonly at: string;
}

/** The verdicts that a caller may give on a case. */
export interface Options {
  /** Hash of the proposal that stands. */
  readonly proposal: string;
  readonly allowed: readonly Verdict[];
  /** Why a verdict is not allowed, in words for the caller. */
  readonly why: Readonly<Partial<Record<Verdict, string>>>;
  readonly given: readonly GivenDecision[];
  /** Number of people that each verdict takes. */
  readonly needed: Readonly<Partial<Record<Verdict, number>>>;
}

export type SwitchResult =
  | { readonly kind: 'turned' }
  | {
      readonly kind: 'refused';
      readonly code: 'not-allowed' | 'malformed' | 'changed';
      readonly message: string;
    };

/** Records decisions of people. It changes nothing in Azure: the worker verifies decisions and carries them out. */
export interface DecisionService {
  /** @throws RemediationError only for faults of storage, vault or policy; then nothing was recorded */
  decide(request: DecisionRequest, caller: Caller): Promise<DecisionResult>;
  /** The options to show, by the rules of {@link decide}. @throws RemediationError */
  optionsFor(row: CaseRow, subscription: string, caller: Caller): Promise<Options>;
  /** @throws RemediationError when the switch could not be turned, or the turn not be recorded */
  turnKillSwitch(to: 'stopped' | 'allowed', reason: string, caller: Caller): Promise<SwitchResult>;
}
