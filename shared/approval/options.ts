import { defined } from '../defined.ts';
import type { Case } from '../case/draft.ts';
import { engineControl } from '../words/engine-controls.ts';
import { refusedBecause } from '../case/one-step.ts';
import type { Caller } from '../entra/caller.ts';
import type { HoldReason } from '../ledger/format/states.ts';
import type { Policy } from '../policy/policy.ts';
import { refusalWords } from '../refusal.ts';
import type { DecisionRequest, DecisionResult, GivenDecision, Options } from './decision-service.ts';
import type { Decision, Verdict } from '../case/decision.ts';
import { verdicts } from '../case/decision.ts';
import type { DecisionVerifier } from './decision-verifier.ts';
import { proposalHash, proposalOf, undoOf } from '../case/proposal.ts';
import type { DecidedCase } from './rules.ts';
import { approverFor, barredBecause, neededFor, outcomeOf, roleFor, voidBecause } from './rules.ts';

/** A case as it stands for people: the proposal that they would decide about, and their decisions so far. */
export interface StandingCase {
  readonly subscription: string;
  readonly subject: Case;
  readonly about: DecidedCase;
  readonly proposal: string;
  /** Genuine decisions, oldest first. */
  readonly decisions: readonly Decision[];
}

export async function standingOf(
  { verifier }: { readonly verifier: DecisionVerifier },
  subject: Case,
  subscription: string,
): Promise<StandingCase> {
  const { data } = subject;
  const signed = data.decisions ?? [];
  const checks = await Promise.all(signed.map((each) => verifier.check(each)));
  return {
    subscription,
    subject,
    about: { subscription, caseId: subject.caseId, data },
    proposal: proposalHash(proposalOf(subject)),
    // A decision that cannot be verified now is shown too: leaving it out would let somebody decide twice.
    decisions: signed.filter((_, index) => checks[index] !== 'forged').map(({ decision }) => decision),
  };
}

/**
 * Holds that an approval lifts. Under the other holds there is no offer (`not-offered`), or the hold is intended
 * (`observe`, `exempt`).
 */
const approvableHolds: readonly HoldReason[] = [
  'budget',
  'tug-of-war',
  'unwitnessed',
  'managed',
  'frozen',
  'outside-window',
  'breaker',
];

/** Why nobody can give that verdict on the case as it stands, or undefined. */
function closedTo(verdict: Verdict, subject: Case): string | undefined {
  const { state, data } = subject;
  if (verdict === 'undo') {
    return closedToUndo(subject);
  }
  if (state === 'closed') {
    return 'the case is closed';
  }
  const own = engineControl(data.control);
  if (own !== undefined) {
    return own.ends;
  }
  if (state !== 'awaiting-decision' && state !== 'held' && state !== 'failed') {
    return 'the case is being dealt with';
  }
  if (data.undo !== undefined) {
    return verdict === 'deny' ? undefined : 'the question is whether the change is undone';
  }
  return verdict === 'approve' ? closedToApproval(subject) : undefined;
}

/** Why nobody can have a case's change made, or undefined. */
function closedToApproval({ state, data }: Case): string | undefined {
  if (data.change === undefined) {
    return 'no change is offered: the case says what a person can do';
  }
  return state === 'held' && !approvableHolds.includes(data.hold?.reason ?? 'observe')
    ? `an approval would change nothing: ${liftedBy(data)}`
    : undefined;
}

/** Why nobody can have a case's change taken back, or undefined. */
function closedToUndo({ state, data }: Case): string | undefined {
  const isUndo = data.undo !== undefined;
  const isOffered =
    (state === 'closed' && data.closed === 'fixed') || (isUndo && state === 'awaiting-decision');
  if (!isOffered) {
    return 'only a change that closed a case can be undone';
  }
  if (data.change === undefined) {
    return 'the change cannot be taken back';
  }
  const refused = refusedBecause(data.change, data.resource);
  if (refused !== undefined) {
    return `the change cannot be taken back: ${refused}`;
  }
  // The change of an undo is itself the way back.
  const inverse = isUndo ? data.change : undoOf(data.change);
  return 'why' in inverse ? `the change cannot be taken back: ${inverse.why}` : undefined;
}

/** The remedy for a hold that no approval ends. */
function liftedBy({ hold }: Case['data']): string {
  const words = refusalWords({ refusal: hold?.refusal });
  if (words !== undefined) {
    return `${lowerFirst(words.what)}. ${words.mend} Then ask for a look`;
  }
  return liftedWords[hold?.reason ?? 'observe'] ?? 'something else holds it, as the case says';
}

const liftedWords: Partial<Record<HoldReason, string>> = {
  observe: 'the policy only observes this control here. Its mode there has to allow changes first',
  exempt:
    'it is exempt. Whoever gave the exemption, or the policy, has to end it first, or its time has to run out',
  denied: 'somebody decided to leave it open. It is asked about again when that time is over',
  'kill-switch': 'the kill switch stops every change. An operator has to allow changes again',
  locked: 'a lock on the resource, or above it, forbids the change. Remove the lock, then ask for a look',
  'deny-assignment':
    'a deny assignment on the resource, or above it, forbids the change. The service that made it has to lift it',
};

/** Why that caller may not give that verdict, or undefined. */
function notAllowed(
  verdict: Verdict,
  caller: Caller,
  { about }: StandingCase,
  policy: Policy,
): string | undefined {
  const role = roleFor[verdict];
  if (caller.kind !== 'person') {
    return 'only people decide';
  }
  if (!caller.roles.includes(role)) {
    return `it takes the role ${role}`;
  }
  if (approverFor(caller, about.data.resource, policy) === undefined) {
    return caller.hasAllGroups
      ? 'the policy does not name you, or a group of yours, as an approver for this resource'
      : 'the policy does not name you as an approver for this resource, and your token does not hold all of your groups';
  }
  return barredBecause(caller, about.data.opener);
}

/** The decisions that count now. The worker tells why the others do not. */
function countedIn(
  { about, proposal, decisions }: StandingCase,
  policy: Policy,
  now: Date,
): readonly Decision[] {
  return decisions.filter(
    (decision) => voidBecause(decision, { ...about, proposal }, policy, now) === undefined,
  );
}

/** The verdicts that a caller may give on a case. The same rules hold when the verdict is given. */
export function optionsOf(standing: StandingCase, caller: Caller, policy: Policy, now: Date): Options {
  const { about, subject, proposal } = standing;
  const decisions = countedIn(standing, policy, now);
  const outcome = outcomeOf(decisions, about, policy);
  const why: Partial<Record<Verdict, string>> = {};
  for (const verdict of verdicts) {
    const isGiven = decisions.some(
      (each) => each.verdict === verdict && each.by.objectId === caller.objectId,
    );
    const reason =
      closedTo(verdict, subject) ??
      (outcome.kind === 'decided' ? `it was decided: ${outcome.verdict}` : undefined) ??
      notAllowed(verdict, caller, standing, policy) ??
      (isGiven ? 'you have said so already' : undefined);
    if (reason !== undefined) {
      why[verdict] = reason;
    }
  }
  const allowed = verdicts.filter((verdict) => why[verdict] === undefined);
  return {
    proposal,
    allowed,
    why,
    given: decisions.map(toGiven),
    needed: Object.fromEntries(verdicts.map((verdict) => [verdict, neededFor(verdict, about, policy)])),
  };
}

function toGiven({ verdict, by, at }: Decision): GivenDecision {
  return { verdict, by: by.name, at };
}

/** A decision that somebody asks to record, with the case as it stands and the caller's options on it. */
export interface AskedDecision {
  readonly request: DecisionRequest;
  readonly standing: StandingCase;
  readonly caller: Caller;
  readonly options: Options;
  readonly policy: Policy;
}

/** Why a decision is not recorded, or undefined if it is. */
export function faultOf(asked: AskedDecision): Extract<DecisionResult, { kind: 'refused' }> | undefined {
  const { request, standing, caller, options, policy } = asked;
  const { verdict } = request;
  const denied = notAllowed(verdict, caller, standing, policy);
  if (denied !== undefined) {
    // A caller who may not decide learns nothing else.
    return { kind: 'refused', code: 'not-allowed', message: sentence(denied) };
  }
  // The standing proposal of a closed case is its undo: for any other verdict the case is over.
  const isOver = standing.subject.state === 'closed' && verdict !== 'undo';
  if (!isOver && request.proposal !== standing.proposal) {
    const message = 'What stands to be decided is no longer what was shown: look at it again';
    return { kind: 'refused', code: 'changed', message, current: standing.proposal };
  }
  const closed = closedTo(verdict, standing.subject);
  const last = options.given.at(-1);
  const why = options.why[verdict];
  if (why !== undefined && closed === undefined && last !== undefined) {
    return { kind: 'refused', code: 'decided', message: sentence(why), decided: last };
  }
  return closed === undefined
    ? undefined
    : {
        kind: 'refused',
        code: last === undefined ? 'not-decidable' : 'decided',
        message: sentence(closed),
        ...defined({ decided: last }),
      };
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
