import type { CaseData, Opener } from '../case/case-data.ts';
import type { Role } from '../entra/caller.ts';
import type { Policy } from '../policy/policy.ts';
import type { Decision, SignedDecision, Verdict } from '../case/decision.ts';

/**
 * Who may decide, and what a number of decisions comes to. Pure: the web app asks before it signs, and the worker asks again
 * before it acts.
 */

/** The role that a verdict takes: closing a leak is one thing, leaving it open another. */
export const roleFor: Readonly<Record<Verdict, Role>> = {
  approve: 'Leakstop.Approver',
  deny: 'Leakstop.RiskOwner',
  exempt: 'Leakstop.RiskOwner',
  undo: 'Leakstop.RiskOwner',
};

/** Longest that a drift may be left open by one decision. */
export const longestLeaveDays = 90;
/** The same in milliseconds. */
export const longestLeaveMs = longestLeaveDays * 24 * 60 * 60_000;
/** Clocks of two machines may differ by so much, in milliseconds. */
const skewMs = 5 * 60_000;

/** What the rules look at. */
export interface DecidedCase {
  readonly subscription: string;
  readonly caseId: string;
  readonly data: Pick<CaseData, 'resource' | 'opener'>;
}

/** Whoever caused a drift, or may have, decides nothing about it; undefined when nothing bars them. */
export function barredBecause(
  { objectId, appId }: { readonly objectId: string; readonly appId?: string | undefined },
  opener: Opener,
): string | undefined {
  const actors =
    opener.grade === 'proven' ? [opener.actor] : opener.grade === 'candidates' ? opener.actors : [];
  const isOne = actors.some(
    (actor) =>
      isSame(actor.objectId, objectId) || (isApp(actor) && appId !== undefined && isSame(actor.appId, appId)),
  );
  if (!isOne) {
    return undefined;
  }
  return opener.grade === 'proven'
    ? 'whoever caused a drift decides nothing about it'
    : 'whoever may have caused a drift decides nothing about it';
}

/** A person acts through an app that others use as well, such as the Azure CLI: only an app's own acts name it. */
function isApp({ kind, name }: Readonly<Record<string, unknown>>): boolean {
  return kind === 'ServicePrincipal' || (kind !== 'User' && name === undefined);
}

function isSame(one: unknown, other: string): boolean {
  return typeof one === 'string' && one.toLowerCase() === other.toLowerCase();
}

/** How many people a verdict takes: unless it is proven which person opened the drift, leaving it open takes two. */
export function neededFor(verdict: Verdict, { data }: DecidedCase, policy: Pick<Policy, 'quorumOf'>): number {
  const quorum = policy.quorumOf(data.resource);
  return Math.max(quorum, verdict === 'approve' || isProvenPerson(data.opener) ? 1 : 2);
}

/** Who acts through an app, or without an id, cannot be kept from deciding alone. */
function isProvenPerson(opener: Opener): boolean {
  return opener.grade === 'proven' && typeof opener.actor.objectId === 'string' && !isApp(opener.actor);
}

/** The approver of the policy that somebody is, or belongs to; undefined when none is. */
export function approverFor(
  { objectId, groups }: { readonly objectId: string; readonly groups: readonly string[] },
  resource: string,
  policy: Pick<Policy, 'approversOf'>,
): string | undefined {
  return policy.approversOf(resource).find(({ id }) => id === objectId.toLowerCase() || groups.includes(id))
    ?.id;
}

/** Why a decision does not count; undefined when it does. Its signature is somebody else's business. */
export function voidBecause(
  decision: Decision,
  about: DecidedCase & { readonly proposal: string },
  policy: Pick<Policy, 'approversOf' | 'limits'>,
  now: Date,
): 'another-case' | 'changed' | 'expired' | 'not-allowed' | undefined {
  const { caseId, subscription, proposal, verdict, by, at, until } = decision;
  const from = Date.parse(at);
  const longest = verdict === 'approve' ? policy.limits.decisionMs : longestLeaveMs;
  if (caseId !== about.caseId || subscription !== about.subscription.toLowerCase()) {
    return 'another-case';
  }
  if (proposal !== about.proposal) {
    return 'changed';
  }
  if (Date.parse(until) <= now.getTime() || from + longest <= now.getTime()) {
    return 'expired';
  }
  const isAllowed =
    by.roles.includes(roleFor[verdict]) &&
    policy.approversOf(about.data.resource).some(({ id }) => id === by.as) &&
    barredBecause(by, about.data.opener) === undefined &&
    from <= now.getTime() + skewMs;
  return isAllowed ? undefined : 'not-allowed';
}

/** When a decision ends, in milliseconds since 1970: whatever it says, not later than people may give. */
function endOf({ at, until }: Decision): number {
  return Math.min(Date.parse(until), Date.parse(at) + longestLeaveMs);
}

/** What decisions come to: the first verdict on which enough people agree holds, and ends at the first of their ends. */
export type Outcome =
  | { readonly kind: 'undecided' }
  | {
      readonly kind: 'decided';
      readonly verdict: Verdict;
      readonly decisions: readonly Decision[];
      readonly until: Date;
    };

/** Of decisions that count, in the order in which they were recorded. */
export function outcomeOf(
  decisions: readonly Decision[],
  about: DecidedCase,
  policy: Pick<Policy, 'quorumOf'>,
): Outcome {
  const agreed = new Map<Verdict, Map<string, Decision>>();
  for (const decision of decisions) {
    const { verdict, by } = decision;
    const people = agreed.get(verdict) ?? new Map<string, Decision>();
    agreed.set(verdict, people.set(by.objectId.toLowerCase(), decision));
    if (people.size >= neededFor(verdict, about, policy)) {
      const counted = [...people.values()];
      const until = new Date(Math.min(...counted.map(endOf)));
      return { kind: 'decided', verdict, decisions: counted, until };
    }
  }
  return { kind: 'undecided' };
}

/** A decision as the engine has checked it. `unknown`: its signature could not be verified now. */
export interface CheckedDecision {
  readonly signed: SignedDecision;
  readonly signature: 'genuine' | 'forged' | 'unknown';
}
