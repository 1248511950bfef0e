import type { HoldReason } from '../../ledger/format/states.ts';
import type { Outcome } from '../../approval/rules.ts';
import type { CaseData } from '../../case/case-data.ts';
import type { AzureExemption } from '../../contract/surroundings.ts';
import { exemptionFrom } from './exemption.ts';
import { guardrailFor, killSwitchFor } from './guardrails.ts';
import type { Guards } from './guardrails.ts';
import type { ExemptionRuling, Policy, PolicySubject } from '../../policy/policy.ts';
import type { Change, Plan } from '../../contract/change.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';
import type { RemediatorMeta } from '../../contract/remediator.ts';

/** What is done about a drift now. `rule` names what in the policy says so. */
export type Decision =
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
  /** When it is looked at again without news; never where undefined. */
  readonly until?: Date;
  /** What the entry says besides: who manages, who re-opens, who exempted. */
  readonly told?: Omit<PayloadOf<'case-held'>, 'reason'>;
}

/** Everything that a decision rests on. */
export interface Circumstances extends Guards {
  readonly meta: RemediatorMeta;
  /** What the policy is asked about. */
  readonly subject: PolicySubject;
  readonly plan: Plan;
  /** Whether the drift opened while Leakstop watched. */
  readonly witnessed: boolean;
  /** Whether people left it open, and it became another drift since. */
  readonly wasLeftOpen: boolean;
  /** The permission that an undo gave, and its time: over when it has expired. */
  readonly permission: ExemptionRuling | undefined;
  /** What people decided about this very change. */
  readonly outcome: Outcome;
  /** Azure's own exemptions that cover the resource. */
  readonly azureExemptions: readonly AzureExemption[];
  readonly policy: Policy;
  readonly now: Date;
}

/**
 * Pure: the same circumstances give the same decision. The order: a control that is off; what is exempt or left open by people;
 * what the mode says and the change allows; what people approved, which only the kill switch stops; and only where all of that
 * would have it changed by itself, the guardrails, which can but hold it or ask.
 */
export function decide(circumstances: Circumstances): Decision {
  const { subject, plan, policy } = circumstances;
  const { mode, rule } = policy.modeOf(subject);
  if (mode === 'off') {
    return { kind: 'ignore', rule };
  }
  const exempt = leftOpenFrom(circumstances) ?? exemptionFrom(circumstances);
  if (exempt !== undefined) {
    return exempt;
  }
  if (plan.kind === 'not-offered') {
    const reason = mode === 'observe' ? 'observe' : 'not-offered';
    return { kind: 'hold', reason, rule, detail: plan.reason };
  }
  const { change } = plan;
  if (mode === 'observe') {
    return { kind: 'hold', reason: 'observe', rule };
  }
  const approval = approvalFrom(circumstances);
  if (approval !== undefined) {
    return killSwitchFor(circumstances, rule) ?? { kind: 'change', change, rule, approval };
  }
  if (mode === 'approve' || change.undo.kind === 'none') {
    return { kind: 'ask', change, rule };
  }
  return decideChange(circumstances, change, rule);
}

/** In `auto`, of a change that can be taken back. */
function decideChange(circumstances: Circumstances, change: Change, rule: string): Decision {
  const released = circumstances.witnessed ? undefined : releaseOf(circumstances);
  if (!circumstances.witnessed && released === undefined) {
    return { kind: 'ask', change, rule, because: 'unwitnessed' };
  }
  if (circumstances.wasLeftOpen) {
    return { kind: 'ask', change, rule, because: 'left-open' };
  }
  const withRelease = released === undefined ? {} : { released };
  return guardrailFor(circumstances, change, rule) ?? { kind: 'change', change, rule, ...withRelease };
}

/** Where people decided to leave it open: until the first end that they gave. */
function leftOpenFrom({ outcome }: Circumstances): Hold | undefined {
  if (outcome.kind !== 'decided' || (outcome.verdict !== 'deny' && outcome.verdict !== 'exempt')) {
    return undefined;
  }
  const { verdict, decisions, until } = outcome;
  return {
    kind: 'hold',
    reason: verdict === 'deny' ? 'denied' : 'exempt',
    rule: 'decision',
    until,
    told: { decisions: decisions.map(({ id }) => id), by: decisions.map(({ by }) => by.objectId) },
  };
}

function approvalFrom({ outcome }: Circumstances): CaseData['approval'] {
  return outcome.kind === 'decided' && outcome.verdict === 'approve'
    ? {
        by: outcome.decisions.map(({ by }) => by.objectId),
        decisions: outcome.decisions.map(({ id }) => id),
      }
    : undefined;
}

/** A rule of the policy, or the end of the permission that an undo gave: whoever took that knew when it would end. */
function releaseOf({ policy, subject, permission }: Circumstances): string | undefined {
  return policy.releaseOf(subject) ?? permission?.rule;
}
