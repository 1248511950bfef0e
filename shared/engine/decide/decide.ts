import type { CaseData } from '../../case/case-data.ts';
import type { Change } from '../../contract/change.ts';
import type { Circumstances } from './circumstances.ts';
import { exemptionFrom } from './exemption.ts';
import { guardrailFor, killSwitchFor } from './guardrails.ts';
import type { Hold, Treatment } from './treatment.ts';

/**
 * Pure: the same circumstances give the same decision. The order is: a control that is off; drift that is exempt or
 * that people left open; the mode, and the changes that it allows; approved changes, which only the kill switch stops.
 * The guardrails come last, only for a change that would otherwise be automatic: they can only hold it or ask.
 */
export function decide(circumstances: Circumstances): Treatment {
  const { subject, plan, policy } = circumstances;
  const { mode, rule } = policy.modeOf(subject);
  if (mode === 'off') {
    return { kind: 'ignore', rule };
  }
  const exempt = leftOpenFrom(circumstances) ?? exemptionFrom(circumstances);
  if (exempt !== undefined) {
    return exempt;
  }
  if (plan.kind === 'not-offered') {
    const reason = mode === 'observe' ? 'observe' : 'not-offered';
    return { kind: 'hold', reason, rule, detail: plan.reason };
  }
  const { change } = plan;
  if (mode === 'observe') {
    return { kind: 'hold', reason: 'observe', rule };
  }
  const approval = approvalFrom(circumstances);
  if (approval !== undefined) {
    return killSwitchFor(circumstances, rule) ?? { kind: 'change', change, rule, approval };
  }
  if (mode === 'approve' || change.undo.kind === 'none') {
    return { kind: 'ask', change, rule };
  }
  return decideChange(circumstances, change, rule);
}

/** Treats a change that can be taken back, under the mode `auto`. */
function decideChange(circumstances: Circumstances, change: Change, rule: string): Treatment {
  const released = circumstances.witnessed ? undefined : releaseOf(circumstances);
  if (!circumstances.witnessed && released === undefined) {
    return { kind: 'ask', change, rule, because: 'unwitnessed' };
  }
  if (circumstances.wasLeftOpen) {
    return { kind: 'ask', change, rule, because: 'left-open' };
  }
  const withRelease = released === undefined ? {} : { released };
  return guardrailFor(circumstances, change, rule) ?? { kind: 'change', change, rule, ...withRelease };
}

/** The hold of a drift that people decided to leave open, until the earliest end that they gave. */
function leftOpenFrom({ outcome }: Circumstances): Hold | undefined {
  if (outcome.kind !== 'decided' || (outcome.verdict !== 'deny' && outcome.verdict !== 'exempt')) {
    return undefined;
  }
  const { verdict, decisions, until } = outcome;
  return {
    kind: 'hold',
    reason: verdict === 'deny' ? 'denied' : 'exempt',
    rule: 'decision',
    until,
    told: { decisions: decisions.map(({ id }) => id), by: decisions.map(({ by }) => by.objectId) },
  };
}

function approvalFrom({ outcome }: Circumstances): CaseData['approval'] {
  return outcome.kind === 'decided' && outcome.verdict === 'approve'
    ? {
        by: outcome.decisions.map(({ by }) => by.objectId),
        decisions: outcome.decisions.map(({ id }) => id),
      }
    : undefined;
}

/**
 * The rule that releases the drift. The ended permission of an undo releases it too: the people who took the change
 * back knew the end.
 */
function releaseOf({ policy, subject, permission }: Circumstances): string | undefined {
  return policy.releaseOf(subject) ?? permission?.rule;
}
