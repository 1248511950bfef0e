import type { Mode } from '../contract/remediator.ts';
import type { Severity } from '../contract/observation.ts';

/** The subject of a question to a policy: one control on one resource. */
export interface PolicySubject {
  readonly control: string;
  /** The mode that the remediator itself proposes. */
  readonly defaultMode: Mode;
  /** Azure Resource Manager id. */
  readonly resource: string;
  readonly severity: Severity;
  /** Tags of the resource, or of its root where it has none of its own. The owner of the resource writes them. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** The mode that holds, and the rule behind it. */
export interface Ruling {
  readonly mode: Mode;
  /** Name of the rule; `default` if no rule matches. */
  readonly rule: string;
}

/** Permission to drift, for a time. */
export interface ExemptionRuling {
  /** Name of the exemption, as in the ledger. */
  readonly rule: string;
  readonly owner: string;
  readonly reason: string;
  readonly ticket: string;
  /** The first moment at which the exemption no longer holds. */
  readonly expires: Date;
}

/** Says if an automatic change may be made at a moment. */
export type Timing =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'closed';
      /** A freeze forbids changes for a time; a scope takes none outside its windows. */
      readonly reason: 'frozen' | 'outside-window';
      readonly rule: string;
      /** When changes may be made again; undefined if that cannot be foreseen. */
      readonly opensAt: Date | undefined;
    };

/** The owner who answers for a drift, and the time allowed. */
export interface OwnershipRuling {
  readonly rule: string;
  readonly owner: string;
  /** Time from the first sight of the drift until it is past due. */
  readonly dueInMs: number;
}

/** The extent to which Azure's own policy exemptions count. */
export interface AzureExemptionRuling {
  readonly rule: string;
  /** Exemptions without an expiry, or with one further away than this, do not count. */
  readonly mostDays: number;
}

/** The most that automatic repair may do, and the failures that stop it. */
export interface Limits {
  /** Most changes that may start in one subscription in one hour. */
  readonly changesPerHour: number;
  /** Most changes that may start in all guarded subscriptions together in one hour. */
  readonly tenantChangesPerHour: number;
  /** Part of both budgets, 0 to 1, that only drift of high and critical severity may use. */
  readonly criticalReserve: number;
  /**
   * This many failed verifications or undos of one control within the time stop its automatic repair in a subscription;
   * everywhere if several owners are concerned. A resource or a writer counts once.
   */
  readonly breaker: { readonly failures: number; readonly withinMs: number };
  /**
   * A drift that was closed this many times within the time is fought over: people are told, and drift of low and
   * medium severity is no longer closed automatically.
   */
  readonly tugOfWar: { readonly rounds: number; readonly withinMs: number };
  /** Life of a question to people, and of an approval, before people are asked anew. */
  readonly decisionMs: number;
}

/** A user or group that may decide. */
export interface Approver {
  /** Object id in Microsoft Entra. */
  readonly id: string;
  /** Name for readers; it grants nothing. */
  readonly label: string;
}

/** The rules for Leakstop that its operators set. Pure: the same question has the same answer. */
export interface Policy {
  /** Name of the document in each decision: `default`, or `sha256:` and the hash of its text. */
  readonly name: string;
  /** True if some rule turns a control off: nobody looks there, so no drift there is witnessed. */
  readonly hasOff: boolean;
  /** The first rule that matches decides. */
  modeOf(subject: PolicySubject): Ruling;
  exemptionOf(subject: PolicySubject, now: Date): ExemptionRuling | undefined;
  timingOf(subject: PolicySubject, now: Date): Timing;
  /** The rule that releases drift from before Leakstop watched, or undefined. */
  releaseOf(subject: PolicySubject): string | undefined;
  ownershipOf(subject: PolicySubject): OwnershipRuling | undefined;
  /** Undefined where Azure's own policy exemptions do not count. */
  azureExemptionsOf(subject: PolicySubject): AzureExemptionRuling | undefined;
  readonly limits: Limits;
  /** Everybody who may decide about a resource. Empty where the policy names nobody. */
  approversOf(resource: string): readonly Approver[];
  /** Number of approvers who have to agree, at least 1. */
  quorumOf(resource: string): number;
}

const hourMs = 60 * 60_000;

/** Limits where the policy document sets none. */
export const defaultLimits: Limits = {
  changesPerHour: 200,
  tenantChangesPerHour: 1_000,
  criticalReserve: 0.2,
  breaker: { failures: 5, withinMs: 24 * hourMs },
  tugOfWar: { rounds: 3, withinMs: 24 * hourMs },
  decisionMs: 3 * 24 * hourMs,
};

/** The policy until there is a document: every control in the mode that its remediator proposes. */
export const defaultPolicy: Policy = {
  name: 'default',
  hasOff: false,
  modeOf: ({ defaultMode }) => ({ mode: defaultMode, rule: 'default' }),
  exemptionOf: () => undefined,
  timingOf: () => ({ kind: 'open' }),
  releaseOf: () => undefined,
  ownershipOf: () => undefined,
  azureExemptionsOf: () => undefined,
  limits: defaultLimits,
  approversOf: () => [],
  quorumOf: () => 1,
};

/** The part of an hour's budget for drift of low and medium severity. The reserve is rounded down. */
export function ordinaryLimit(limit: number, { criticalReserve }: Pick<Limits, 'criticalReserve'>): number {
  return limit - Math.floor(limit * criticalReserve);
}

/** The part of the tenant's budget that one subscription, or one principal, may use for drift of low and medium severity. */
export function shareOfOne({ tenantChangesPerHour }: Pick<Limits, 'tenantChangesPerHour'>): number {
  return Math.max(1, Math.floor(tenantChangesPerHour / 10));
}

/** The most changes of low and medium severity in one subscription and hour. */
export function ordinaryInSubscription(
  limits: Pick<Limits, 'changesPerHour' | 'criticalReserve' | 'tenantChangesPerHour'>,
): number {
  return Math.min(ordinaryLimit(limits.changesPerHour, limits), shareOfOne(limits));
}
