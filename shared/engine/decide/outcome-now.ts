import type { CheckedDecision, DecidedCase, DecisionOutcome } from '../../approval/rules.ts';
import { outcomeOf, voidBecause } from '../../approval/rules.ts';
import type { Case } from '../../case/draft.ts';
import { proposalFor, proposalHash } from '../../case/proposal.ts';
import type { JudgedDrift } from '../../contract/judgement.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { Assessment } from './assessment.ts';

/** The facts about a drift beside its observation, from its case or from the case that it would open. */
export interface Standing extends Pick<Case, 'key' | 'state'> {
  readonly caseId?: string;
  readonly data: Pick<Case['data'], 'witnessed' | 'hold'> & Partial<Case['data']>;
}

/** Hash of the proposal about a control that people would see now. */
export function proposalNow(standing: Standing, control: string, { resource, plan }: JudgedDrift): string {
  const planned = plan();
  const change = planned.kind === 'change' ? planned.change : undefined;
  const about = { caseId: standing.caseId ?? '', resource, control };
  return proposalHash(proposalFor(about, change, standing.data.differences ?? []));
}

/** The outcome of the decisions that count, about a proposal. */
export function outcomeNow(
  { engine, facts }: Pick<Assessment, 'engine' | 'facts'>,
  about: DecidedCase & { readonly key: string },
  proposal: string,
): DecisionOutcome {
  const counted = (facts.decisions.get(about.key) ?? [])
    .filter(({ signature }) => signature === 'genuine')
    .map(({ signed }: CheckedDecision) => signed.decision)
    .filter(
      (decision) =>
        voidBecause(decision, { ...about, proposal }, engine.policy, engine.clock.now()) === undefined,
    );
  return outcomeOf(counted, about, engine.policy);
}

/** The outcome of people's decisions about a drift; `undecided` if there is no case yet. */
export function outcomeFor(
  assessment: Assessment,
  judgement: JudgedDrift,
  standing: Standing,
): DecisionOutcome {
  const { opener } = standing.data;
  if (standing.caseId === undefined || opener === undefined) {
    return { kind: 'undecided' };
  }
  // The resource is the one that the look read, whatever the row says.
  const { resource } = judgement;
  const about = {
    key: standing.key,
    caseId: standing.caseId,
    subscription: parseResourceId(assessment.root).subscriptionId,
    data: { resource, opener },
  };
  return outcomeNow(assessment, about, proposalNow(standing, judgement.remediator.meta.id, judgement));
}
