import { isDeepStrictEqual } from 'node:util';
import type { Case, Draft } from '../../case/draft.ts';
import { proposalFor, proposalHash } from '../../case/proposal.ts';
import { asJson } from '../../contract/json.ts';
import type { Change, Plan } from '../../contract/change.ts';
import type { Basis } from '../../ledger/format/case-payloads.ts';
import type { Treatment } from '../decide/treatment.ts';
import type { Asking } from './asking.ts';
import { escalate } from './escalate.ts';

/** A question to people. */
export interface Question {
  readonly treatment: Extract<Treatment, { kind: 'ask' }>;
  /** Facts about the asking policy for the entry. */
  readonly basis: Basis;
  /** True if people were asked about the case before. */
  readonly wasAsked: boolean;
}

/** Asks people about a change, or asks again. A question that nobody answered in time is escalated. */
export function ask(
  { assessment, draft }: Asking,
  subject: Case,
  { treatment: { change, because }, basis, wasAsked }: Question,
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

/** True if people are being asked about exactly this change, and still have time to answer. */
export function isAsked({ state, data }: Case, change: Change, now: Date): boolean {
  return (
    state === 'awaiting-decision' &&
    isDeepStrictEqual(asJson(data.change), asJson(change)) &&
    data.asked !== undefined &&
    Date.parse(data.asked.expires) > now.getTime()
  );
}

/**
 * Keeps the offered change with a held case, so that people can decide about it, and records when the offer becomes
 * another change.
 */
export function noteOffer(draft: Draft, subject: Case, plan: Plan): void {
  const change = plan.kind === 'change' ? plan.change : undefined;
  if (subject.state === 'held' && !isDeepStrictEqual(asJson(subject.data.change), asJson(change))) {
    draft.move(subject, 'case-observed', { change: change ?? null }, { change });
  }
}
