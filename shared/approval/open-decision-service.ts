import { defined } from '../defined.ts';
import type { Caller } from '../entra/caller.ts';
import { caseOf } from '../case/draft.ts';
import type { Policy } from '../policy/policy.ts';
import type { Decision, SignedDecision } from '../case/decision.ts';
import { signedText } from '../case/decision.ts';
import { handInAndAwait } from './await-entry.ts';
import type { DecisionRequest, DecisionResult, DecisionService } from './decision-service.ts';
import type { DecisionVerifier } from './decision-verifier.ts';
import { findCase, type FindParts } from './find-case.ts';
import { judge } from './judge.ts';
import { optionsOf, standingOf } from './options.ts';
import type { StandingCase } from './options.ts';
import { longestReason, reasonFault, signedName, tidyReason } from './people-texts.ts';
import { approverFor, longestLeaveDays, longestLeaveMs, neededFor } from './rules.ts';
import type { SwitchParts } from './turn-kill-switch.ts';
import { turnKillSwitch } from './turn-kill-switch.ts';

/** The parts needed to take decisions and hand them in. None of them can reach a guarded resource, or write to the ledger. */
export interface DecisionParts extends SwitchParts, FindParts {
  readonly policy: () => Promise<Policy>;
  /** Signs with the key of the web app. */
  readonly key: { sign(text: string): Promise<SignedDecision['signature']> };
  readonly verifier: DecisionVerifier;
  /** The guarded subscriptions, in lower case. */
  readonly subscriptions: readonly string[];
  /** The root of a case, from a list for people. It only says where to look. */
  readonly rootOf: (subscription: string, caseId: string) => Promise<string | undefined>;
}

export function openDecisionService(parts: DecisionParts): DecisionService {
  return {
    decide: (request, caller) => decide(parts, request, caller),
    optionsFor: async (row, subscription, caller) => {
      const standing = await standingOf(parts, caseOf(row), subscription.toLowerCase());
      return optionsOf(standing, caller, await parts.policy(), parts.clock.now());
    },
    turnKillSwitch: (to, reason, caller) => turnKillSwitch(parts, to, reason, caller),
  };
}

async function decide(
  parts: DecisionParts,
  request: DecisionRequest,
  caller: Caller,
): Promise<DecisionResult> {
  const malformed = malformedIn(request, parts.clock.now());
  if (malformed !== undefined) {
    return { kind: 'refused', code: 'malformed', message: malformed };
  }
  return handIn(parts, request, caller);
}

/** The fault of a request in itself, or undefined. */
function malformedIn({ reason, verdict, until }: DecisionRequest, now: Date): string | undefined {
  if (reason.length > longestReason) {
    return `reason: expected at most ${longestReason} characters`;
  }
  const fault = reasonFault(tidyReason(reason));
  if (fault !== undefined) {
    return `reason: it ${fault}`;
  }
  if (verdict === 'approve') {
    return undefined;
  }
  const leftMs = (until?.getTime() ?? NaN) - now.getTime();
  if (reason.trim() === '') {
    return 'reason: expected a reason, since the drift stays open';
  }
  if (!(leftMs > 0)) {
    return 'until: expected an end that lies ahead';
  }
  return leftMs > longestLeaveMs ? `until: expected an end within ${longestLeaveDays} days` : undefined;
}

async function handIn(
  parts: DecisionParts,
  request: DecisionRequest,
  caller: Caller,
): Promise<DecisionResult> {
  const { clock, inbox } = parts;
  const subscription = request.subscription.toLowerCase();
  const root = await rootIn(parts, subscription, request.caseId);
  const found =
    root === undefined ? undefined : await findCase(parts, { subscription, root }, request.caseId);
  if (root === undefined || found === undefined) {
    return { kind: 'refused', code: 'not-found', message: 'There is no such case' };
  }
  const policy = await parts.policy();
  const judged = await judge(parts, { found, request, caller, policy, subscription });
  if ('kind' in judged) {
    return judged;
  }
  const { standing, options } = judged;
  const { subject } = standing;
  const id = clock.uuid();
  // An undo gets a case of its own with the first decision: decisions on it hold for no other case.
  const isNewUndo = subject.state === 'closed';
  const caseId = isNewUndo ? clock.uuid() : subject.caseId;
  const signed = await signOne(parts, { id, caseId, request, standing, caller, policy });
  const undoes = isNewUndo ? subject.caseId : undefined;
  const message = { format: 1, kind: 'decision', root, signed, ...defined({ undoes }) } as const;
  const became = await handInAndAwait(parts, { chain: subscription, id }, () => inbox.hand(message));
  if (became.kind === 'refused') {
    return became;
  }
  const given = 1 + options.given.filter(({ verdict }) => verdict === request.verdict).length;
  return { kind: 'recorded', given, needed: neededFor(request.verdict, standing.about, policy) };
}

async function rootIn(
  { subscriptions, rootOf }: DecisionParts,
  subscription: string,
  caseId: string,
): Promise<string | undefined> {
  const isChain = subscription === 'tenant' || subscriptions.includes(subscription);
  return isChain ? rootOf(subscription, caseId) : undefined;
}

/** A decision before it is signed: `id` names it, `caseId` the case that it is about. */
interface Unsigned {
  readonly id: string;
  readonly caseId: string;
  readonly request: DecisionRequest;
  readonly standing: StandingCase;
  readonly caller: Caller;
  readonly policy: Policy;
}

async function signOne(
  { key, clock }: DecisionParts,
  { id, caseId, request, standing, caller, policy }: Unsigned,
): Promise<SignedDecision> {
  const { verdict, reason, until } = request;
  const { about, proposal, subscription } = standing;
  const now = clock.now();
  const lapses = new Date(now.getTime() + policy.limits.decisionMs);
  const decision: Decision = {
    format: 1,
    id,
    subscription,
    caseId,
    proposal,
    verdict,
    by: {
      objectId: caller.objectId,
      tenantId: caller.tenantId,
      name: signedName(caller.name),
      ...defined({ appId: caller.appId?.slice(0, 100) }),
      roles: [...caller.roles],
      as: approverFor(caller, about.data.resource, policy) ?? '',
    },
    reason: tidyReason(reason),
    at: now.toISOString(),
    until: (verdict === 'approve' || until === undefined ? lapses : until).toISOString(),
  };
  return { decision, signature: await key.sign(signedText(decision)) };
}
