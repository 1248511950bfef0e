import type { PolicySubject } from '../../policy/policy.ts';
import type { Assessment } from '../decide/assessment.ts';
import type { CaseData } from '../../case/case-data.ts';
import { policySubject } from '../decide/circumstances.ts';
import type { Case } from '../../case/draft.ts';
import { Draft, readCases } from '../../case/draft.ts';
import type { Engine } from '../engine.ts';
import type { Judgement } from '../../contract/judgement.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';
import type { Severity } from '../../contract/observation.ts';

/** Says that people have to be told, once for each reason. */
export function escalate(draft: Draft, subject: Case, payload: PayloadOf<'case-escalated'>): void {
  const { reason } = payload;
  const { escalated = [] } = subject.data;
  if (!escalated.includes(reason)) {
    draft.move(subject, 'case-escalated', payload, { escalated: [...escalated, reason] });
  }
}

/** Who answers for a drift and by when; undefined where the policy names nobody. */
export function dueOf(
  { policy }: Pick<Engine, 'policy'>,
  subject: PolicySubject,
  firstSeenDrifted: string,
): CaseData['due'] {
  const ruling = policy.ownershipOf(subject);
  return ruling && { at: dueAt(firstSeenDrifted, ruling.dueInMs), owner: ruling.owner, rule: ruling.rule };
}

function dueAt(firstSeenDrifted: string, dueInMs: number): string {
  // Beyond what a date can hold is never.
  const at = Math.min(Date.parse(firstSeenDrifted) + dueInMs, Date.parse('9999-12-31T00:00:00Z'));
  return new Date(at).toISOString();
}

/** Escalates the case of a drift that is past due, as the policy has it now. */
export function escalateWhenDue(
  { engine }: Assessment,
  draft: Draft,
  subject: Case,
  { remediator, observation }: Judgement,
): void {
  const asked = policySubject(remediator.meta, observation, subject.data.severity);
  escalateAt(draft, subject, dueOf(engine, asked, subject.data.firstSeenDrifted), engine.clock.now());
}

function escalateAt(draft: Draft, subject: Case, due: CaseData['due'], now: Date): void {
  if (due !== undefined && isWaiting(subject) && Date.parse(due.at) <= now.getTime()) {
    escalate(draft, subject, { reason: 'past-due', owner: due.owner, rule: due.rule, due: due.at });
  }
}

/** A permission to drift is kept, and what is being changed is being dealt with. */
function isWaiting({ state, data }: Case): boolean {
  return (
    !['none', 'closed', 'changing'].includes(state) && !(state === 'held' && data.hold?.reason === 'exempt')
  );
}

/** When the case has to be looked at again without news: its hold ends, or it is past due. */
export function standingWake(subject: Case): Date | undefined {
  const { state, data } = subject;
  const times = [
    state === 'held' ? data.hold?.until : undefined,
    isWaiting(subject) && data.escalated?.includes('past-due') !== true ? data.due?.at : undefined,
    state === 'awaiting-decision' ? data.asked?.expires : undefined,
  ].flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/**
 * Escalates every open case of a subscription that is past due and was not escalated for it; how many there were. For the
 * sweep: what no wake reaches, the engine's own cases among them.
 */
export async function escalateDue(
  engine: Pick<Engine, 'ledger' | 'policy' | 'clock' | 'remediators'>,
  subscription: string,
): Promise<number> {
  let count = 0;
  for await (const row of engine.ledger.openCases(subscription)) {
    for (const subject of readCases([row]).cases) {
      count += (await escalateCase(engine, subscription, subject)) ? 1 : 0;
    }
  }
  return count;
}

async function escalateCase(
  engine: Pick<Engine, 'ledger' | 'policy' | 'clock' | 'remediators'>,
  subscription: string,
  subject: Case,
): Promise<boolean> {
  const draft = new Draft(undefined);
  escalateAt(draft, subject, dueOfRow(engine, subject), engine.clock.now());
  for (const unit of draft.units(subscription, engine.policy.limits)) {
    // A case that moved meanwhile is seen to by whoever moved it, or by the next sweep.
    if ((await engine.ledger.append(unit)).kind === 'committed') {
      return true;
    }
  }
  return false;
}

/** As it was said when the case was opened, since tags may decide it; else as the policy has it now. */
function dueOfRow(engine: Pick<Engine, 'policy' | 'remediators'>, { data }: Case): CaseData['due'] {
  const { control, resource, firstSeenDrifted } = data;
  const severity: Severity = data.severity;
  const defaultMode =
    engine.remediators.find(({ meta }) => meta.id === control)?.meta.defaultMode ?? 'observe';
  return data.due ?? dueOf(engine, { control, defaultMode, resource, severity }, firstSeenDrifted);
}
