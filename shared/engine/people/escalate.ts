import type { CaseData } from '../../case/case-data.ts';
import type { Case, Draft } from '../../case/draft.ts';
import type { Judgement } from '../../contract/judgement.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';
import { dueOf } from '../decide/due.ts';
import { policySubject } from '../decide/policy-subject.ts';
import { canBePastDue } from '../look/next-look.ts';
import type { Asking } from './asking.ts';

/** Records that people have to be told about a case, once for each reason. */
export function escalate(draft: Draft, subject: Case, payload: PayloadOf<'case-escalated'>): void {
  const { reason } = payload;
  const { escalated = [] } = subject.data;
  if (!escalated.includes(reason)) {
    draft.move(subject, 'case-escalated', payload, { escalated: [...escalated, reason] });
  }
}

/** Escalates the case of a drift that is past due, as the policy has it now. */
export function escalateWhenDue(
  { assessment: { engine }, draft }: Asking,
  subject: Case,
  { remediator, observation }: Judgement,
): void {
  const asked = policySubject(remediator.meta, observation, subject.data.severity);
  escalateIfDue(draft, subject, dueOf(engine, asked, subject.data.firstSeenDrifted), engine.clock.now());
}

/** Escalates a case whose due time has come. */
export function escalateIfDue(draft: Draft, subject: Case, due: CaseData['due'], now: Date): void {
  if (due !== undefined && canBePastDue(subject) && Date.parse(due.at) <= now.getTime()) {
    escalate(draft, subject, { reason: 'past-due', owner: due.owner, rule: due.rule, due: due.at });
  }
}
