import type { CaseData } from '../../case/case-data.ts';
import type { Change } from '../../contract/change.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';
import type { HoldReason } from '../../ledger/format/states.ts';

/** The treatment of a drift now. `rule` names the policy's rule behind it. */
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
  /** Id of the exemption of Azure Policy, or of the managing resource, behind the hold. */
  readonly by?: string;
  /** When to look again if no event arrives. Undefined: only an event or a person reopens the question. */
  readonly until?: Date;
  /** Further facts for the entry: the manager, the actors who re-open, the exemption. */
  readonly told?: Omit<PayloadOf<'case-held'>, 'reason'>;
}
