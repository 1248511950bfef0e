import { defined } from '../defined.ts';
import type { Clock } from '../clock.ts';
import { timestamp } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import type { Case } from '../case/draft.ts';
import { caseOf, Draft, readCases } from '../case/draft.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Caller } from '../entra/caller.ts';
import type { WorkQueue } from '../work/queue.ts';
import type { CaseRow, Ledger } from '../ledger/ledger.ts';
import type { Policy } from '../policy/policy.ts';
import type { Logger } from '../telemetry/logger.ts';
import { safeCause } from '../text/safe-cause.ts';
import type { Decision, SignedDecision } from '../case/decision.ts';
import { signedText } from '../case/decision.ts';
import type { DecisionRequest, DecisionResult, DecisionService, Options } from './decision-service.ts';
import type { DecisionVerifier } from './decision-verifier.ts';
import { faultOf, optionsOf, standingOf } from './options.ts';
import type { StandingCase } from './options.ts';
import { openUndo } from './open-undo.ts';
import { longestReason, reasonFault, signedName, tidyReason } from './people-texts.ts';
import { approverFor, longestLeaveDays, longestLeaveMs, neededFor } from './rules.ts';
import type { SwitchParts } from './turn-kill-switch.ts';
import { turnKillSwitch } from './turn-kill-switch.ts';

/** The parts needed to record decisions. None of them can reach a guarded resource. */
export interface DecisionParts extends SwitchParts {
  readonly ledger: Ledger;
  readonly policy: () => Promise<Policy>;
  /** Signs with the key of the web app. */
  readonly key: { sign(text: string): Promise<SignedDecision['signature']> };
  readonly verifier: DecisionVerifier;
  readonly queue: () => WorkQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The guarded subscriptions, in lower case. */
  readonly subscriptions: readonly string[];
  /** The root of a case, from a list for people. It only says where to look. */
  readonly rootOf: (subscription: string, caseId: string) => Promise<string | undefined>;
}

/** Most reads of a case that moves while its decision is recorded. */
const mostTries = 5;
/** Age of the oldest closed case that may still be undone. */
const longestPastMs = 365 * 24 * 60 * 60_000;

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
  const id = parts.clock.uuid();
  for (let tries = 0; tries < mostTries; tries += 1) {
    const result = await decideOnce(parts, request, caller, id);
    if (result !== 'moved') {
      return result;
    }
  }
  throw new RemediationError(
    'resource-changed',
    `Cannot record the decision on case "${request.caseId}": the case keeps moving`,
  );
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

async function decideOnce(
  parts: DecisionParts,
  request: DecisionRequest,
  caller: Caller,
  id: string,
): Promise<DecisionResult | 'moved'> {
  const subscription = request.subscription.toLowerCase();
  const found = await findCase(parts, subscription, request.caseId);
  if (found === undefined) {
    return { kind: 'refused', code: 'not-found', message: 'There is no such case' };
  }
  if (found === 'drifted-again') {
    const message = 'The case is closed, and its drift has a case again: decide about that one';
    return { kind: 'refused', code: 'not-decidable', message };
  }
  const policy = await parts.policy();
  const standing = await standingOf(parts, found, subscription);
  const recorded = standing.decisions.find((decision) => decision.id === id);
  const options = optionsOf(standing, caller, policy, parts.clock.now());
  if (recorded !== undefined) {
    // The answer to our own commit was lost.
    await wake(parts, standing.subject, id);
    return counted(options, request);
  }
  const refusal = faultOf({ request, standing, caller, options, policy });
  if (refusal !== undefined) {
    return refusal;
  }
  const draft = new Draft(undefined);
  const actor = actorOf(caller);
  const { subject } = standing;
  // An undo gets its own case with the first decision: decisions on it hold for no other case.
  const about =
    subject.state === 'closed'
      ? openUndo({ draft, closed: subject, request, actor, policy, clock: parts.clock })
      : subject;
  const signed = await signOne(parts, {
    id,
    request,
    standing: { ...standing, subject: about },
    caller,
    policy,
  });
  if (!(await record(parts, { draft, about, subscription, policy }, signed, actor))) {
    return 'moved';
  }
  await wake(parts, standing.subject, id);
  const given = 1 + options.given.filter(({ verdict }) => verdict === request.verdict).length;
  return { kind: 'recorded', given, needed: neededFor(request.verdict, standing.about, policy) };
}

function counted(options: Options, { verdict }: DecisionRequest): DecisionResult {
  const given = options.given.filter((each) => each.verdict === verdict).length;
  return { kind: 'recorded', given, needed: options.needed[verdict] ?? 1 };
}

/** The open case of that id, the undo case that is open for it, or the closed case itself. */
async function findCase(
  { ledger, clock, rootOf, subscriptions }: DecisionParts,
  subscription: string,
  caseId: string,
): Promise<Case | 'drifted-again' | undefined> {
  const isChain = subscription === 'tenant' || subscriptions.includes(subscription);
  const root = isChain ? await rootOf(subscription, caseId) : undefined;
  if (root === undefined) {
    return undefined;
  }
  const { openCases } = await ledger.readRoot(subscription, root);
  const open = readCases(openCases).cases;
  const known = open.find((each) => each.caseId === caseId || each.data.undo?.caseId === caseId);
  if (known !== undefined) {
    return known;
  }
  const since = new Date(clock.now().getTime() - longestPastMs);
  const closed = await ledger.closedCases(subscription, root, since);
  const row: CaseRow | undefined = closed.find((each) => each.caseId === caseId);
  const again = row && open.find(({ key }) => key === row.key);
  return again === undefined ? row && caseOf(row) : 'drifted-again';
}

/** A decision before it is signed: `id` names it, `standing.subject` is the case that it is about. */
interface Unsigned {
  readonly id: string;
  readonly request: DecisionRequest;
  readonly standing: StandingCase;
  readonly caller: Caller;
  readonly policy: Policy;
}

async function signOne(
  { key, clock }: DecisionParts,
  { id, request, standing, caller, policy }: Unsigned,
): Promise<SignedDecision> {
  const { verdict, reason, until } = request;
  const { subject, about, proposal, subscription } = standing;
  const now = clock.now();
  const lapses = new Date(now.getTime() + policy.limits.decisionMs);
  const decision: Decision = {
    format: 1,
    id,
    subscription,
    caseId: subject.caseId,
    proposal,
    verdict,
    by: {
      objectId: caller.objectId,
      tenantId: caller.tenantId,
      name: signedName(caller.name),
      roles: [...caller.roles],
      as: approverFor(caller, about.data.resource, policy) ?? '',
    },
    reason: tidyReason(reason),
    at: now.toISOString(),
    until: (verdict === 'approve' || until === undefined ? lapses : until).toISOString(),
  };
  return { decision, signature: await key.sign(signedText(decision)) };
}

function actorOf({ objectId, name, appId }: Caller): JsonObject {
  return { kind: 'person', objectId, name, ...defined({ appId }) };
}

/** Returns false when the case moved: nothing was recorded then. */
async function record(
  { ledger }: DecisionParts,
  {
    draft,
    about,
    subscription,
    policy,
  }: { readonly draft: Draft; readonly about: Case; readonly subscription: string; readonly policy: Policy },
  signed: SignedDecision,
  actor: JsonObject,
): Promise<boolean> {
  draft.move(
    about,
    'decision-recorded',
    { decision: signed.decision, signature: signed.signature },
    { decisions: [...(about.data.decisions ?? []), signed] },
    actor,
  );
  for (const unit of draft.units(subscription, policy.limits)) {
    const { kind } = await ledger.append(unit);
    if (kind !== 'committed') {
      return false;
    }
  }
  return true;
}

/** Most attempts to send the message that wakes the worker, and the pause between them. */
const wakeTries = 3;
const wakePauseMs = 500;

/**
 * Wakes the worker. If the queue is away, the decision stands: the next sweep, or the next look at the root, finds
 * it.
 */
async function wake({ queue, clock, logger }: DecisionParts, { data }: Case, id: string): Promise<void> {
  const note = {
    id: `decision:${id}`,
    time: timestamp(clock),
    resource: data.resource,
    source: 'wake',
  } as const;
  for (let tries = 1; ; tries += 1) {
    try {
      await queue().send({ root: data.root, note });
      return;
    } catch (error) {
      if (tries >= wakeTries) {
        logger.error('The worker could not be told of a decision: the next sweep finds it', {
          decision: id,
          reason: safeCause(error).message,
        });
        return;
      }
      await clock.sleep(wakePauseMs);
    }
  }
}
