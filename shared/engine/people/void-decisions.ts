import type { DecidedCase } from '../../approval/rules.ts';
import { voidBecause } from '../../approval/rules.ts';
import type { SignedDecision } from '../../case/decision.ts';
import type { Case } from '../../case/draft.ts';
import type { JudgedDrift } from '../../contract/judgement.ts';
import type { PayloadOf } from '../../ledger/format/read-payload.ts';
import type { HoldReason } from '../../ledger/format/states.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { Assessment } from '../decide/assessment.ts';
import { proposalNow } from '../decide/outcome-now.ts';
import type { Asking } from './asking.ts';

/** True if a decision waits for its signature to be verified. */
export function hasUnverified({ facts }: Assessment, { key }: Case): boolean {
  return (facts.decisions.get(key) ?? []).some(({ signature }) => signature === 'unknown');
}

/** True if people may have left a drift open, but the signatures that would prove it cannot be verified now. */
export function mayBeLeftOpen({ facts }: Assessment, { key }: Case): boolean {
  const decisions = facts.decisions.get(key) ?? [];
  return (
    facts.unverified.has(key) ||
    decisions.some(
      ({ signature, signed }) => signature === 'unknown' && signed.decision.verdict !== 'approve',
    )
  );
}

/** Voids the decisions of a case that do not count about the present plan. */
export function voidDecisions(asking: Asking, subject: Case, judgement: JudgedDrift): void {
  voidDecisionsOn(asking, subject, proposalNow(subject, subject.data.control, judgement));
}

/** Voids, with the reason, decisions that no longer count about a proposal; a forged decision never counted. */
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
 * True if people left the case open and have to be asked before it is changed: a denial is asked about again, and an
 * exempted drift has become another one. An exemption that ended was given with its end, so nobody is asked.
 */
function wasLeftOpen(
  { state, data: { hold } }: Case,
  voided: readonly { readonly because: string }[],
): boolean {
  const reasons = reasonsToAskAgain(hold?.reason);
  return state === 'held' && voided.some(({ because }) => reasons.includes(because));
}

/** Reasons for voiding a decision after which people are asked again, by the hold under which the case stood. */
function reasonsToAskAgain(hold: HoldReason | undefined): readonly string[] {
  if (hold === 'denied') {
    return ['changed', 'expired'];
  }
  return hold === 'exempt' ? ['changed'] : [];
}
