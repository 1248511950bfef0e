import type { Mode, Severity } from '../contract/remediator.ts';

/** What a policy is asked about: one control on one resource. */
export interface PolicySubject {
  readonly control: string;
  /** The mode that the remediator itself proposes. */
  readonly defaultMode: Mode;
  /** Azure Resource Manager id. */
  readonly resource: string;
  readonly severity: Severity;
  /** Tags of the resource, or of its root where it has none of its own. Whoever owns the resource writes them. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Which mode holds, and which rule says so. */
export interface Ruling {
  readonly mode: Mode;
  /** Name of the rule; `default` where none matches. */
  readonly rule: string;
}

/** Permission to drift, for a time. */
export interface ExemptionRuling {
  /** Names the exemption in the ledger. */
  readonly rule: string;
  readonly owner: string;
  readonly reason: string;
  readonly ticket: string;
  /** The first moment at which it no longer holds. */
  readonly expires: Date;
}

/** Whether an automatic change may be made at a moment. */
export type Timing =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'closed';
      /** A freeze forbids changes for a time; outside its windows a scope takes none. */
      readonly reason: 'frozen' | 'outside-window';
      readonly rule: string;
      /** When it may be made; undefined when that cannot be foreseen. */
      readonly opensAt: Date | undefined;
    };

/** Who answers for a drift, and by when. */
export interface OwnershipRuling {
  readonly rule: string;
  readonly owner: string;
  /** From the first sight of the drift to the moment at which it is past due, in milliseconds. */
  readonly dueInMs: number;
}

/** How far Azure's own policy exemptions count. */
export interface AzureExemptionRuling {
  readonly rule: string;
  /** One that has no expiry, or one further away than this, does not count; in days. */
  readonly mostDays: number;
}

/** What automatic repair may do at most, and what stops it. */
export interface Limits {
  /** Changes that may be started in one subscription in one hour. */
  readonly changesPerHour: number;
  /** Changes that may be started in all guarded subscriptions together in one hour. */
  readonly tenantChangesPerHour: number;
  /** Part of both budgets, 0 to 1, that only drift of critical severity may use. */
  readonly criticalReserve: number;
  /** So many failed verifications or undos of one control within that time stop its automatic repair everywhere. */
  readonly breaker: { readonly failures: number; readonly withinMs: number };
  /** A drift that was closed so often within that time is no longer closed by itself. */
  readonly tugOfWar: { readonly rounds: number; readonly withinMs: number };
  /** How long a question to people, and an approval, stands before it is asked anew, in milliseconds. */
  readonly decisionMs: number;
}

/** Somebody who may decide: a user or a group. */
export interface Approver {
  /** Object id in Microsoft Entra. */
  readonly id: string;
  /** For readers; it grants nothing. */
  readonly label: string;
}

/** Networks that the policy knows. */
export interface Networks {
  /** From which resources may be reached. */
  readonly approved: readonly { readonly name: string; readonly cidrs: readonly string[] }[];
  /** ARM ids, lower case, of the subnets that nobody may open to the Internet. */
  readonly guardedSubnets: readonly string[];
}

/** What Leakstop may do, as the people who run it decided. Pure: the same question has the same answer. */
export interface Policy {
  /** Names the document in each decision: `default`, or `sha256:` and the hash of its text. */
  readonly name: string;
  /** Whether some rule turns a control off: what nobody looks at was not seen to be in sync. */
  readonly hasOff: boolean;
  /** First match decides. */
  modeOf(subject: PolicySubject): Ruling;
  exemptionOf(subject: PolicySubject, now: Date): ExemptionRuling | undefined;
  timingOf(subject: PolicySubject, now: Date): Timing;
  /** The rule that releases drift which stood open before Leakstop watched; undefined where none does. */
  releaseOf(subject: PolicySubject): string | undefined;
  ownershipOf(subject: PolicySubject): OwnershipRuling | undefined;
  /** Undefined where Azure's own policy exemptions do not count. */
  azureExemptionsOf(subject: PolicySubject): AzureExemptionRuling | undefined;
  readonly limits: Limits;
  /** Who may decide about a resource; nobody where the policy names nobody. */
  approversOf(resource: string): readonly Approver[];
  /** How many of them have to agree, 1 at least. */
  quorumOf(resource: string): number;
  readonly networks: Networks;
}

const hourMs = 60 * 60_000;

/** What holds where the policy file says nothing. */
export const defaultLimits: Limits = {
  changesPerHour: 200,
  tenantChangesPerHour: 1_000,
  criticalReserve: 0.2,
  breaker: { failures: 5, withinMs: 24 * hourMs },
  tugOfWar: { rounds: 3, withinMs: 24 * hourMs },
  decisionMs: 3 * 24 * hourMs,
};

/** What holds until there is a policy file: every control in the mode that its remediator proposes. */
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
  networks: { approved: [], guardedSubnets: [] },
};

/** The part of an hour's budget that drift of no critical severity may use. What is kept is rounded down. */
export function ordinaryLimit(limit: number, { criticalReserve }: Pick<Limits, 'criticalReserve'>): number {
  return limit - Math.floor(limit * criticalReserve);
}
