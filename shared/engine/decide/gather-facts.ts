import { longestLeaveMs } from '../../approval/rules.ts';
import type { ReadCases } from '../../case/draft.ts';
import { readCases } from '../../case/draft.ts';
import type { Judgement } from '../../contract/judgement.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import type { ResourceId } from '../../resource-id.ts';
import { lookAskedSince } from '../look/news.ts';
import type { Assessment } from './assessment.ts';
import { calm } from './circumstances.ts';
import type { Facts } from './facts.ts';
import type { Pending } from './pending.ts';
import { pendingOf } from './pending.ts';
import { mostDecisions, permittedIn } from './permitted.ts';
import { policySubject } from './policy-subject.ts';
import { roundsIn, warsIn } from './tug-of-war.ts';

/**
 * Gathers the facts for the guardrails, and only those that could matter. A resource in sync needs none. The kill
 * switch, the breaker, the group and the history are asked about drift that would be changed.
 */
export async function gatherFacts(
  before: Assessment,
  root: ResourceId,
  judgements: readonly Judgement[],
  until: Date,
): Promise<Facts> {
  const { engine } = before;
  // Whoever asks for a look, or news of the surroundings, says that what is remembered of them may be over.
  const told = lookAskedSince(before.notes, undefined)?.time;
  const asked = { until, since: told === undefined ? undefined : new Date(told) };
  // An approved change is made, and a permitted drift is left alone: decisions and permissions come before any other
  // question.
  const decisions = await checkDecisions(before);
  const early = restsOnPermission(before, judgements) ? await closedCases(before, root) : undefined;
  const known = early === undefined ? {} : await permittedIn(before, early.cases);
  const assessment = { ...before, facts: { ...before.facts, decisions, ...known } };
  const pending = judgements.flatMap((judgement) => pendingOf(assessment, judgement));
  const wouldChange = pending.filter(({ calmly }) => calmly.kind === 'change');
  const wantsHistory =
    pending.some(({ known }) => known === undefined) || wouldChange.length > 0 || hasUndo(assessment);
  const [{ cases: closed, unreadable }, azureExemptions, killSwitch, manager] = await Promise.all([
    early ?? (wantsHistory ? closedCases(assessment, root) : readCases([])),
    pending.some((drift) => countsAzureExemptions(assessment, drift))
      ? engine.surroundings.exemptionsOf(root, asked)
      : [],
    ...(wouldChange.length > 0 || hasUndo(assessment)
      ? ([
          engine.killSwitch.recent(),
          engine.surroundings.managerOf(root, asked),
          engine.breaker.refresh(engine.policy.limits),
          engine.tenantBudget.refresh(),
        ] as const)
      : ([calm.killSwitch, calm.manager] as const)),
  ]);
  const rounds = roundsIn(assessment, closed);
  return {
    killSwitch,
    manager,
    azureExemptions,
    wars: await warsIn(assessment, wouldChange, rounds, until),
    rounds,
    ...(await permittedIn(assessment, closed)),
    decisions,
    unreadable,
    endedUndos: new Set(closed.filter(({ data }) => data.undo !== undefined).map(({ caseId }) => caseId)),
  };
}

/** Checks the signature of every decision that the root's cases carry. */
async function checkDecisions({ cases, engine }: Assessment): Promise<Facts['decisions']> {
  const carried = [...cases.values()].filter(({ data }) => (data.decisions ?? []).length > 0);
  const checked = carried.map(async ({ key, data }) => {
    const each = (data.decisions ?? []).slice(0, mostDecisions).map(async (signed) => ({
      signed,
      signature: await engine.decisions.check(signed),
    }));
    return [key, await Promise.all(each)] as const;
  });
  return new Map(await Promise.all(checked));
}

/** True if a drift was opened by permission. Only the undo that gave the permission shows if it counts. */
function restsOnPermission({ root, cases }: Assessment, judgements: readonly Judgement[]): boolean {
  return judgements.some(({ finding, resource, remediator }) => {
    const known = cases.get(caseKey(root, resource, remediator.meta.id));
    return finding.kind === 'drifted' && known?.data.permission !== undefined;
  });
}

/** True if somebody wants a change taken back. */
function hasUndo({ cases }: Assessment): boolean {
  return [...cases.values()].some(({ state, data }) => data.undo !== undefined && state !== 'closed');
}

function countsAzureExemptions({ engine }: Assessment, { judgement, calmly }: Pending): boolean {
  const { remediator, observation } = judgement;
  return (
    !(calmly.kind === 'hold' && calmly.reason === 'exempt') &&
    engine.policy.azureExemptionsOf(policySubject(remediator.meta, observation)) !== undefined
  );
}

/** Time for which a permission is remembered after its end: a late look still releases the drift by it. */
const afterEndMs = 30 * 24 * 60 * 60_000;

async function closedCases({ engine }: Assessment, root: ResourceId): Promise<ReadCases> {
  const { withinMs } = engine.policy.limits.tugOfWar;
  // An undo whose permission may still hold, or has just ended, was closed after this moment.
  const since = new Date(engine.clock.now().getTime() - Math.max(withinMs, longestLeaveMs + afterEndMs));
  const unreadable: string[] = [];
  const rows = await engine.ledger.closedCases(root.subscriptionId, root.key, since, ({ key }) =>
    unreadable.push(key),
  );
  return readCases(rows, unreadable);
}
