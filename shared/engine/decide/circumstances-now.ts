import type { Undo } from '../../case/case-data.ts';
import { type Rounds, roundsWithin } from '../../case/rounds.ts';
import { isAt } from '../../contract/condition.ts';
import type { JudgedDrift } from '../../contract/judgement.ts';
import type { Severity } from '../../contract/observation.ts';
import type { ExemptionRuling } from '../../policy/policy.ts';
import type { Assessment } from './assessment.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { Engine } from '../engine.ts';
import type { Circumstances, TugOfWar } from './circumstances.ts';
import { drawFor } from './draw.ts';
import { outcomeFor, type Standing } from './outcome-now.ts';
import { policySubject } from './policy-subject.ts';

/** All facts on which the decision about one drift rests. */
export function circumstancesNow(
  assessment: Assessment,
  judgement: JudgedDrift,
  standing: Standing,
): Circumstances {
  const { remediator, observation, finding } = judgement;
  const { engine, facts } = assessment;
  const severity = finding.severity ?? remediator.meta.severity;
  const isAtWar = standing.state === 'held' && standing.data.hold?.reason === 'tug-of-war';
  return {
    meta: remediator.meta,
    subject: policySubject(remediator.meta, observation, severity),
    plan: judgement.plan(),
    witnessed: standing.data.witnessed,
    wasLeftOpen: standing.data.leftOpen === true,
    permission: permissionFor(facts.permissions.get(standing.key), judgement),
    outcome: outcomeFor(assessment, judgement, standing),
    azureExemptions: facts.azureExemptions,
    killSwitch: facts.killSwitch,
    manager: facts.manager,
    // A tug-of-war lasts until the resource is in sync or a person decides, however long ago the rounds were.
    tugOfWar:
      facts.wars.get(standing.key) ??
      warOf(standing.data.rounds, engine) ??
      (isAtWar ? { rounds: 0, writers: [] } : undefined),
    breaker: engine.breaker.trippedOf(
      remediator.meta.id,
      parseResourceId(assessment.root).subscriptionId,
      engine.policy.limits,
    ),
    ...budgetFor(assessment, severity, standing),
    policy: engine.policy,
    now: engine.clock.now(),
  };
}

/** The tug-of-war that a round in this very look made of it. */
function warOf(rounds: Rounds | undefined, { policy, clock }: Engine): TugOfWar | undefined {
  const { rounds: most, withinMs } = policy.limits.tugOfWar;
  const count = roundsWithin(rounds, withinMs, clock.now());
  return rounds === undefined || count < most
    ? undefined
    : { rounds: count, closedAt: rounds.closings.at(-1), writers: rounds.openers };
}

function budgetFor(assessment: Assessment, severity: Severity, standing: Standing) {
  const draw = drawFor(assessment, severity, standing);
  return draw.kind === 'none' ? { isOverBudget: true, roomAt: draw.roomAt } : { isOverBudget: false };
}

/** The permission for a drift. A permission covers one state: a drift that became another one is not covered. */
function permissionFor(undo: Undo | undefined, { observation }: JudgedDrift): ExemptionRuling | undefined {
  if (undo === undefined) {
    return undefined;
  }
  const isCovered = undo.state === undefined || isAt(observation.resource, undo.state);
  return isCovered ? toRuling(undo) : undefined;
}

function toRuling({ caseId, owner, reason, until }: Undo): ExemptionRuling {
  return { rule: `undo of ${caseId}`, owner, reason, ticket: caseId, expires: new Date(until) };
}
