import { defined } from '../defined.ts';
import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';
import type { Case } from '../case/draft.ts';
import { Draft } from '../case/draft.ts';
import type { Decision, SignedDecision } from '../case/decision.ts';
import { signedText } from '../case/decision.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Caller } from '../entra/caller.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Policy } from '../policy/policy.ts';
import { isResourceId } from '../resource-id.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { WorkQueue } from '../work/queue.ts';
import type { DecisionRequest, RefusalCode } from './decision-service.ts';
import type { DecisionVerifier, SignatureCheck } from './decision-verifier.ts';
import { findCase } from './find-case.ts';
import { type HandedInDecision, type HandedInTurn, readHandedIn, signedTurn } from './handed-in.ts';
import { judge } from './judge.ts';
import { openUndo } from './open-undo.ts';
import { wake } from './wake.ts';
import type { StandingCase } from './options.ts';

/** Records what people handed in through the web app. The worker does so: the web app writes no row of the ledger. */
export interface InboxRecorder {
  /**
   * Takes one message. Handed out twice, it is recorded once; one that does not count is recorded as refused.
   * @throws RemediationError when it cannot be told now if it counts, or storage is away: the host hands it out again
   */
  record(message: unknown): Promise<void>;
  /** Tells of a message that the host gave up. */
  recordPoisoned(message: unknown): Promise<void>;
}

export interface RecorderParts {
  readonly policy: () => Promise<Policy>;
  readonly verifier: DecisionVerifier;
  readonly check: SignatureCheck;
  readonly queue: () => WorkQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The guarded subscriptions, in lower case. */
  readonly subscriptions: readonly string[];
}

interface Opened extends RecorderParts {
  readonly ledger: Ledger;
}

/** A refusal on its way to the ledger. */
interface Refused {
  readonly id?: string;
  readonly code: RefusalCode;
  readonly reason: string;
}

/** Most attempts on a case that moves meanwhile. */
const mostTries = 5;

export function openInboxRecorder(ledger: () => Promise<Ledger>, parts: RecorderParts): InboxRecorder {
  const open = async (): Promise<Opened> => ({ ...parts, ledger: await ledger() });
  return {
    record: async (message) => {
      const opened = await open();
      const read = readable(message);
      if (read instanceof RemediationError) {
        await refuse(opened, 'service', { code: 'malformed', reason: read.message });
      } else {
        await (read.kind === 'turn' ? recordTurn(opened, read) : recordDecision(opened, read));
      }
    },
    recordPoisoned: async (message) => {
      const reason = 'The host gave up on it after its last attempt: decide again';
      const refused = { ...defined({ id: idOf(readable(message)) }), code: 'not-decidable', reason } as const;
      await refuse(await open(), 'service', refused);
    },
  };
}

function idOf(read: ReturnType<typeof readable>): string | undefined {
  if (read instanceof RemediationError) {
    return undefined;
  }
  return read.kind === 'turn' ? read.turn.id : read.signed.decision.id;
}

function readable(message: unknown): ReturnType<typeof readHandedIn> | RemediationError {
  try {
    return readHandedIn(message);
  } catch (error) {
    if (error instanceof RemediationError) {
      return error;
    }
    throw error;
  }
}

/** @throws RemediationError `identity-unavailable` while the key cannot be read */
async function isGenuine(
  { check }: Opened,
  text: string,
  signature: SignedDecision['signature'],
): Promise<boolean> {
  const found = await check(text, signature);
  if (found === 'unknown') {
    throw new RemediationError(
      'storage-unavailable',
      'Cannot verify what was handed in: the key cannot be read now',
    );
  }
  return found === 'genuine';
}

const forged = 'Its signature is not that of the web app: nobody decided this';

async function recordTurn(parts: Opened, { turn, signature }: HandedInTurn): Promise<void> {
  const { id, changes, reason, by } = turn;
  if (!(await isGenuine(parts, signedTurn(turn), signature))) {
    await refuse(parts, 'service', { id, code: 'not-allowed', reason: forged });
    return;
  }
  const { head } = await parts.ledger.readRoot('service', 'service');
  const known = textsOf(head.turns);
  if (known.includes(id)) {
    return;
  }
  await parts.ledger.append({
    chain: 'service',
    entries: [
      {
        kind: 'kill-switch-turned',
        body: { actor: { kind: 'person', ...by }, payload: { changes, reason, turn: id } },
      },
    ],
    cases: [],
    head: { turns: [...known, id].slice(-mostKnown) },
  });
}

/** Turns and refusals of late that the head remembers, so that a message that comes twice is recorded once. */
const mostKnown = 20;

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

async function recordDecision(parts: Opened, message: HandedInDecision): Promise<void> {
  const { decision, signature } = message.signed;
  const { id } = decision;
  const subscription = decision.subscription.toLowerCase();
  if (!parts.subscriptions.includes(subscription) || !isResourceId(message.root)) {
    await refuse(parts, 'service', { id, code: 'not-found', reason: 'Its subscription is not guarded' });
    return;
  }
  if (!(await isGenuine(parts, signedText(decision), signature))) {
    await refuse(parts, subscription, { id, code: 'not-allowed', reason: forged });
    return;
  }
  const about = await recordOnce(parts, message, subscription);
  if (about !== undefined) {
    await wake(parts, about, id);
  }
}

/** The case that carries the decision now; undefined if it was refused. */
async function recordOnce(
  parts: Opened,
  message: HandedInDecision,
  subscription: string,
): Promise<Case | undefined> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const result = await tryToRecord(parts, message, subscription);
    if (result !== 'moved') {
      return result;
    }
  }
  throw new RemediationError(
    'resource-changed',
    `Cannot record a decision on case "${message.signed.decision.caseId}": the case keeps moving`,
  );
}

async function tryToRecord(
  parts: Opened,
  { root, undoes, signed }: HandedInDecision,
  subscription: string,
): Promise<Case | 'moved' | undefined> {
  const { decision } = signed;
  const { id } = decision;
  const found = await findCase(parts, { subscription, root }, decision.caseId);
  // The case of an undo opens with its first decision.
  const subject =
    found ?? (undoes === undefined ? undefined : await findCase(parts, { subscription, root }, undoes));
  if (subject === undefined) {
    await refuse(parts, subscription, { id, code: 'not-found', reason: 'There is no such case' });
    return undefined;
  }
  if (subject !== 'drifted-again' && carries(subject, id)) {
    return subject;
  }
  const policy = await parts.policy();
  const request = requestOf(decision, subject);
  const judged = await judge(parts, {
    found: subject,
    request,
    caller: callerOf(decision),
    policy,
    subscription,
  });
  if ('kind' in judged) {
    await refuse(parts, subscription, { id, code: judged.code, reason: judged.message });
    return undefined;
  }
  if (judged.standing.subject.state !== 'closed' && judged.standing.subject.caseId !== decision.caseId) {
    const reason = 'Somebody asked for the undo meanwhile: decide about that question';
    await refuse(parts, subscription, { id, code: 'changed', reason });
    return undefined;
  }
  const isRecorded = await append(parts, { ...judged.standing, policy, signed, request });
  return isRecorded ? judged.standing.subject : 'moved';
}

/** True if a case has the decision already, or was changed by it. */
function carries({ data: { decisions = [], approval } }: Case, id: string): boolean {
  return decisions.some(({ decision }) => decision.id === id) || approval?.decisions.includes(id) === true;
}

function requestOf(
  { subscription, proposal, verdict, reason, until }: Decision,
  subject: Case | 'drifted-again',
): DecisionRequest {
  return {
    subscription,
    caseId: subject === 'drifted-again' ? '' : subject.caseId,
    proposal,
    verdict,
    reason,
    ...(verdict === 'approve' ? {} : { until: new Date(until) }),
  };
}

/** The person as the web app vouches for them: it names the one group of theirs that decides. */
function callerOf({ by }: Decision): Caller {
  const { objectId, tenantId, name, roles, as, appId } = by;
  return {
    kind: 'person',
    objectId,
    tenantId,
    name,
    roles,
    groups: [as],
    hasAllGroups: true,
    ...defined({ appId }),
  };
}

interface Recordable extends StandingCase {
  readonly policy: Policy;
  readonly signed: SignedDecision;
  readonly request: DecisionRequest;
}

/** Returns false when the case moved: nothing was recorded then. */
async function append(
  { ledger, clock }: Opened,
  { subject, subscription, policy, signed, request }: Recordable,
): Promise<boolean> {
  const { decision, signature } = signed;
  const { objectId, name, appId } = decision.by;
  const actor: JsonObject = { kind: 'person', objectId, name, ...defined({ appId }) };
  const draft = new Draft(undefined);
  const named: Clock = {
    now: () => clock.now(),
    random: () => clock.random(),
    sleep: (milliseconds) => clock.sleep(milliseconds),
    // The web app has chosen the id of the case: the decision that it signed is about that case alone.
    uuid: () => decision.caseId,
  };
  const about =
    subject.state === 'closed'
      ? openUndo({ draft, closed: subject, request, actor, policy, clock: named })
      : subject;
  draft.move(
    about,
    'decision-recorded',
    { decision, signature },
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

/** Records a refusal, once for each id that could be read. */
async function refuse(
  { ledger, logger }: Opened,
  chain: string,
  { id, code, reason }: Refused,
): Promise<void> {
  logger.warning('Not recorded as a decision', { code, reason, ...defined({ id }) });
  const { head } = await ledger.readRoot(chain, chain);
  const known = textsOf(head.refused);
  if (id !== undefined && known.includes(id)) {
    return;
  }
  await ledger.append({
    chain,
    entries: [{ kind: 'decision-refused', body: { payload: { ...defined({ id }), code, reason } } }],
    cases: [],
    ...(id === undefined ? {} : { head: { refused: [...known, id].slice(-mostKnown) } }),
  });
}
