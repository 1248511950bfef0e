import { isDeepStrictEqual } from 'node:util';
import type { SignedDecision } from '../../case/decision.ts';
import { proposalFor, proposalHash } from '../../case/proposal.ts';
import type { DecidedCase } from '../../approval/rules.ts';
import { voidBecause } from '../../approval/rules.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { Assessment } from '../decide/assessment.ts';
import { proposalNow } from '../decide/circumstances.ts';
import type { Decision } from '../decide/decide.ts';
import type { Case, Draft } from '../../case/draft.ts';
import { escalate } from './escalate.ts';
import type { Change, Plan } from '../../contract/change.ts';
import type { Basis } from '../../ledger/format/case-payloads.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';
import { asJson } from '../../contract/json.ts';

/** What questions and decisions of a case are written with. */
export interface Asking {
  readonly assessment: Assessment;
  readonly draft: Draft;
}

/** Asks people about a change, or asks again. A question that nobody answered in its time is told on another channel. */
export function ask(
  { assessment, draft }: Asking,
  subject: Case,
  { change, because }: Extract<Decision, { kind: 'ask' }>,
  basis: Basis,
  wasAsked: boolean,
): void {
  const { clock, policy } = assessment.engine;
  const now = clock.now();
  const last = subject.data.asked;
  const expires = new Date(now.getTime() + policy.limits.decisionMs).toISOString();
  const reason = because === undefined ? {} : { because };
  const { resource, control } = subject.data;
  const proposal = proposalHash(proposalFor({ caseId: subject.caseId, resource, control }, change, []));
  draft.move(
    subject,
    'decision-requested',
    { change, proposal, expires, ...reason, ...basis },
    { change, asked: { at: now.toISOString(), expires, ...reason } },
  );
  if (wasAsked && last !== undefined && Date.parse(last.expires) <= now.getTime()) {
    escalate(draft, subject, { reason: 'unanswered', asked: last.at, expired: last.expires });
  }
}

/** Whether people are being asked about exactly this, and still have time to answer. */
export function isAsked({ state, data }: Case, change: Change, now: Date): boolean {
  return (
    state === 'awaiting-decision' &&
    isDeepStrictEqual(asJson(data.change), asJson(change)) &&
    data.asked !== undefined &&
    Date.parse(data.asked.expires) > now.getTime()
  );
}

/** Keeps with a held case what is offered, so that people can decide about it, and says so when it is another change. */
export function noteOffer(draft: Draft, subject: Case, plan: Plan): void {
  const change = plan.kind === 'change' ? plan.change : undefined;
  if (subject.state === 'held' && !isDeepStrictEqual(asJson(subject.data.change), asJson(change))) {
    draft.move(subject, 'case-observed', { change: change ?? null }, { change });
  }
}

/** Whether a decision waits for its signature to be verified. */
export function hasUnverified({ facts }: Assessment, { key }: Case): boolean {
  return (facts.decisions.get(key) ?? []).some(({ signature }) => signature === 'unknown');
}

/** Whether people may have left a drift open: the signatures that would say so cannot be verified now. */
export function mayBeLeftOpen({ facts }: Assessment, { key }: Case): boolean {
  const decisions = facts.decisions.get(key) ?? [];
  return (
    facts.unverified.has(key) ||
    decisions.some(
      ({ signature, signed }) => signature === 'unknown' && signed.decision.verdict !== 'approve',
    )
  );
}

/** Says of decisions that no longer count why, and forgets them; of one that can never have counted too. */
export function voidDecisions(
  { assessment, draft }: Asking,
  subject: Case,
  plan: Plan,
  resource: string,
): void {
  const { control } = subject.data;
  voidDecisionsOn({ assessment, draft }, subject, proposalNow(subject, resource, control, plan));
}

/** The same about a proposal that is known by its hash. */
export function voidDecisionsOn({ assessment, draft }: Asking, subject: Case, proposal: string): void {
  const { engine, facts, root } = assessment;
  const checked = facts.decisions.get(subject.key) ?? [];
  if (checked.length === 0) {
    return;
  }
  const about = {
    caseId: subject.caseId,
    subscription: parseResourceId(root).subscriptionId,
    data: subject.data,
    proposal,
  } satisfies DecidedCase & { proposal: string };
  const kept: SignedDecision[] = [];
  const voided: PayloadOf<'decision-voided'>['decisions'][number][] = [];
  for (const { signed, signature } of checked) {
    const because =
      signature === 'forged'
        ? 'not-signed'
        : voidBecause(signed.decision, about, engine.policy, engine.clock.now());
    if (because === undefined) {
      kept.push(signed);
    } else {
      voided.push({ id: signed.decision.id, because });
    }
  }
  if (voided.length === 0) {
    return;
  }
  if (voided.some(({ because }) => because === 'not-signed')) {
    engine.logger.error('A decision in the table was not signed by the web app: it counts for nothing', {
      alert: 'leakstop-decision-forged',
      caseId: subject.caseId,
    });
  }
  const decisions = kept.length === 0 ? undefined : kept;
  const leftOpen = wasLeftOpen(subject, voided) ? ({ leftOpen: true } as const) : {};
  draft.move(subject, 'decision-voided', { decisions: voided }, { decisions, ...leftOpen });
}

/**
 * Whether people held the case open, and have to be asked before it is changed: what they denied is asked about again, and what
 * they exempted is another drift now. An exemption that ended was given with its end.
 */
function wasLeftOpen(
  { state, data: { hold } }: Case,
  voided: readonly { readonly because: string }[],
): boolean {
  const reasons =
    hold?.reason === 'denied' ? ['changed', 'expired'] : hold?.reason === 'exempt' ? ['changed'] : [];
  return state === 'held' && voided.some(({ because }) => reasons.includes(because));
}
