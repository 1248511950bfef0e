import { actorsOf } from '../case/actors-of.ts';
import type { CaseData, Opener } from '../case/case-data.ts';
import type { Role } from '../entra/caller.ts';
import type { Policy } from '../policy/policy.ts';
import type { Decision, SignedDecision, Verdict } from '../case/decision.ts';

/**
 * Rules for who may decide, and for the outcome of several decisions. Pure: the web app asks before it signs, and the
 * worker asks again before it acts.
 */

/** The role that a verdict takes: closing a leak and leaving it open are different rights. */
export const roleFor: Readonly<Record<Verdict, Role>> = {
  approve: 'Leakstop.Approver',
  deny: 'Leakstop.RiskOwner',
  exempt: 'Leakstop.RiskOwner',
  undo: 'Leakstop.RiskOwner',
};

/** Longest that one decision may leave a drift open. */
export const longestLeaveDays = 90;
export const longestLeaveMs = longestLeaveDays * 24 * 60 * 60_000;
/** Largest assumed difference between the clocks of two machines. */
const skewMs = 5 * 60_000;

/** The facts that the rules read. */
export interface DecidedCase {
  readonly subscription: string;
  readonly caseId: string;
  readonly data: Pick<CaseData, 'resource' | 'opener'>;
}

/** Why somebody may not decide about a drift: they caused it, or may have. Undefined if nothing bars them. */
export function barredBecause(
  { objectId, appId }: { readonly objectId: string; readonly appId?: string | undefined },
  opener: Opener,
): string | undefined {
  const isOne = actorsOf(opener).some(
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

/** People act through apps that others use too, such as the Azure CLI: an app is named only by acts of its own. */
function isApp({ kind, name }: Readonly<Record<string, unknown>>): boolean {
  return kind === 'ServicePrincipal' || (kind !== 'User' && name === undefined);
}

function isSame(one: unknown, other: string): boolean {
  return typeof one === 'string' && one.toLowerCase() === other.toLowerCase();
}

/**
 * Number of people that a verdict takes. Leaving a drift open takes two, unless a person is proven to have opened it.
 */
export function neededFor(verdict: Verdict, { data }: DecidedCase, policy: Pick<Policy, 'quorumOf'>): number {
  const quorum = policy.quorumOf(data.resource);
  return Math.max(quorum, verdict === 'approve' || isProvenPerson(data.opener) ? 1 : 2);
}

/** An opener who acted through an app, or without an id, could not be kept from deciding alone. */
function isProvenPerson(opener: Opener): boolean {
  return opener.grade === 'proven' && typeof opener.actor.objectId === 'string' && !isApp(opener.actor);
}

/** The approver of the policy that somebody is, or whose group they belong to. Undefined if there is none. */
export function approverFor(
  { objectId, groups }: { readonly objectId: string; readonly groups: readonly string[] },
  resource: string,
  policy: Pick<Policy, 'approversOf'>,
): string | undefined {
  return policy.approversOf(resource).find(({ id }) => id === objectId.toLowerCase() || groups.includes(id))
    ?.id;
}

/** Why a decision does not count, or undefined if it does. The signature is checked elsewhere. */
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

/** End of a decision in milliseconds since 1970: never later than people may grant, whatever the decision says. */
function endOf({ at, until }: Decision): number {
  return Math.min(Date.parse(until), Date.parse(at) + longestLeaveMs);
}

/**
 * The outcome of several decisions: the first verdict on which enough people agree holds, until the first of their
 * decisions ends.
 */
export type DecisionOutcome =
  | { readonly kind: 'undecided' }
  | {
      readonly kind: 'decided';
      readonly verdict: Verdict;
      readonly decisions: readonly Decision[];
      readonly until: Date;
    };

/** `decisions`: only those that count, oldest first. */
export function outcomeOf(
  decisions: readonly Decision[],
  about: DecidedCase,
  policy: Pick<Policy, 'quorumOf'>,
): DecisionOutcome {
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

/** A decision as the engine checked it. `unknown`: its signature could not be verified now. */
export interface CheckedDecision {
  readonly signed: SignedDecision;
  readonly signature: 'genuine' | 'forged' | 'unknown';
}
