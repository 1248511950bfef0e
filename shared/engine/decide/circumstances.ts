import { proposalFor, proposalHash } from '../../case/proposal.ts';
import type { CheckedDecision, DecidedCase, Outcome } from '../../approval/rules.ts';
import { outcomeOf, voidBecause } from '../../approval/rules.ts';
import { isAt } from '../../contract/condition.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { ExemptionRuling, PolicySubject } from '../../policy/policy.ts';
import type { Assessment } from './assessment.ts';
import type { Undo } from '../../case/case-data.ts';
import type { Case } from '../../case/draft.ts';
import type { Circumstances } from './decide.ts';
import type { Judgement } from '../../contract/judgement.ts';
import type { ArmResource, Drift, Observation } from '../../contract/observation.ts';
import type { Plan } from '../../contract/change.ts';
import type { RemediatorMeta } from '../../contract/remediator.ts';
import type { Severity } from '../../contract/observation.ts';

/** What the policy is asked about a resource. Its tags are the root's where it has none of its own. */
export function policySubject(
  meta: RemediatorMeta,
  { resource, root }: Pick<Observation, 'resource' | 'root'>,
  severity: Severity = meta.severity,
): PolicySubject {
  const tags = tagsOf(resource) ?? tagsOf(root);
  return {
    control: meta.id,
    defaultMode: meta.defaultMode,
    resource: resource.id,
    severity,
    ...(tags === undefined ? {} : { tags }),
  };
}

function tagsOf(resource: ArmResource | undefined): Readonly<Record<string, string>> | undefined {
  const tags = resource?.tags;
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) {
    return undefined;
  }
  const entries = Object.entries(tags).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** What is known of a drift beside what is observed: of its case, or of the case that it would open. */
export interface Standing extends Pick<Case, 'key' | 'state'> {
  readonly caseId?: string;
  readonly data: Pick<Case['data'], 'witnessed' | 'hold'> & Partial<Case['data']>;
}

/** Hash of what people would be asked about a case, as it is planned now. */
export function proposalNow(subject: Standing, resource: string, control: string, plan: Plan): string {
  const change = plan.kind === 'change' ? plan.change : undefined;
  const about = { caseId: subject.caseId ?? '', resource, control };
  return proposalHash(proposalFor(about, change, subject.data.differences ?? []));
}

/** What the decisions that count come to. */
export function outcomeNow(
  { engine, facts }: Assessment,
  about: DecidedCase & { readonly key: string },
  proposal: string,
): Outcome {
  const counted = (facts.decisions.get(about.key) ?? [])
    .filter(({ signature }) => signature === 'genuine')
    .map(({ signed }: CheckedDecision) => signed.decision)
    .filter(
      (decision) =>
        voidBecause(decision, { ...about, proposal }, engine.policy, engine.clock.now()) === undefined,
    );
  return outcomeOf(counted, about, engine.policy);
}

function outcomeFor(assessment: Assessment, judgement: Judgement, standing: Standing, plan: Plan): Outcome {
  const { opener } = standing.data;
  if (standing.caseId === undefined || opener === undefined) {
    return { kind: 'undecided' };
  }
  // Of the resource that was looked at, whatever the row says.
  const { resource } = judgement;
  const about = {
    key: standing.key,
    caseId: standing.caseId,
    subscription: parseResourceId(assessment.root).subscriptionId,
    data: { resource, opener },
  };
  return outcomeNow(assessment, about, proposalNow(standing, resource, judgement.remediator.meta.id, plan));
}

/** Everything that the decision about one drift rests on. */
export function circumstancesOf(
  assessment: Assessment,
  judgement: Judgement,
  drift: Drift,
  standing: Standing,
  plan: Plan,
): Circumstances {
  const { remediator, observation } = judgement;
  const { engine, facts, allowance } = assessment;
  const severity = drift.severity ?? remediator.meta.severity;
  const isAtWar = standing.state === 'held' && standing.data.hold?.reason === 'tug-of-war';
  return {
    meta: remediator.meta,
    subject: policySubject(remediator.meta, observation, severity),
    plan,
    witnessed: standing.data.witnessed,
    wasLeftOpen: standing.data.leftOpen === true,
    permission: permissionFor(facts.permissions.get(standing.key), judgement),
    outcome: outcomeFor(assessment, judgement, standing, plan),
    azureExemptions: facts.azureExemptions,
    killSwitch: facts.killSwitch,
    manager: facts.manager,
    // It stays so until the resource is in sync or a person decides, however long ago the rounds were.
    tugOfWar: facts.wars.get(standing.key) ?? (isAtWar ? { rounds: 0, writers: [] } : undefined),
    breaker: engine.breaker.trippedOf(remediator.meta.id, engine.policy.limits),
    isOverBudget: allowance.isUsedUpFor(severity),
    policy: engine.policy,
    now: engine.clock.now(),
  };
}

/** What was permitted is one state: a drift that became another one is not covered. */
function permissionFor(undo: Undo | undefined, { observation }: Judgement): ExemptionRuling | undefined {
  const isCovered = undo?.state === undefined || isAt(observation.resource, undo.state);
  return isCovered ? toRuling(undo) : undefined;
}

function toRuling(undo: Undo | undefined): ExemptionRuling | undefined {
  return undo === undefined
    ? undefined
    : {
        rule: `undo of ${undo.caseId}`,
        owner: undo.owner,
        reason: undo.reason,
        ticket: undo.caseId,
        expires: new Date(undo.until),
      };
}
