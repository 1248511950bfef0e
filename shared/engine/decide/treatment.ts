import type { CaseData } from '../../case/case-data.ts';
import type { Change } from '../../contract/change.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';
import type { HoldReason } from '../../ledger/format/states.ts';

/** What is done about a drift now. `rule` names the rule of the policy that says so. */
export type Treatment =
  | {
      readonly kind: 'change';
      readonly change: Change;
      readonly rule: string;
      /** The rule that releases a drift which was not witnessed. */
      readonly released?: string;
      /** The people who approved it, and their decisions. */
      readonly approval?: NonNullable<CaseData['approval']>;
    }
  | { readonly kind: 'ask'; readonly change: Change; readonly rule: string; readonly because?: string }
  | Hold
  | { readonly kind: 'ignore'; readonly rule: string };

export interface Hold {
  readonly kind: 'hold';
  readonly reason: HoldReason;
  readonly rule: string;
  readonly detail?: string;
  /** When to look again if no event arrives. Undefined: only an event or a person reopens the question. */
  readonly until?: Date;
  /** What else the entry says: who manages, who re-opens, who exempted. */
  readonly told?: Omit<PayloadOf<'case-held'>, 'reason'>;
}
