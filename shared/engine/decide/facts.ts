import type { CheckedDecision } from '../../approval/rules.ts';
import { longestLeaveMs } from '../../approval/rules.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import type { ResourceId } from '../../resource-id.ts';
import type { SwitchState } from '../../policy/kill-switch.ts';
import type { Assessment } from './assessment.ts';
import { circumstancesOf, policySubject } from './circumstances.ts';
import type { Standing } from './circumstances.ts';
import type { Decision } from './decide.ts';
import { decide } from './decide.ts';
import type { Case, ReadCases } from '../../case/draft.ts';
import { readCases } from '../../case/draft.ts';
import type { Judgement } from '../../contract/judgement.ts';
import type { TugOfWar } from './guardrails.ts';
import { calm } from './guardrails.ts';
import { isWitnessed } from '../settle/open-case.ts';
import { planFor } from '../../case/one-step.ts';
import { mostDecisions, permittedIn } from './permitted.ts';
import type { Permitted } from './permitted.ts';
import type { Drift } from '../../contract/observation.ts';
import type { AzureExemption, Manager } from '../../contract/surroundings.ts';
import { warsIn } from './tug-of-war.ts';

/** What the guardrails need to know of a root and of the world. By case key where it concerns one drift. */
export interface Facts {
  readonly killSwitch: SwitchState;
  readonly manager: Manager;
  readonly azureExemptions: readonly AzureExemption[];
  readonly wars: ReadonlyMap<string, TugOfWar>;
  /** Permissions to drift that came with an undo, as genuine decisions vouch for them. */
  readonly permissions: Permitted['permissions'];
  /** Drifts that may be permitted: the decisions cannot be verified now. */
  readonly unverified: Permitted['unverified'];
  /** Decisions of people that the cases carry, with what is known of their signatures. */
  readonly decisions: ReadonlyMap<string, readonly CheckedDecision[]>;
  /** Cases of which a closed row cannot be read: what was permitted there, or done how often, is not known. */
  readonly unreadable: ReadonlySet<string>;
  /** Undos that are over, by the id of their case: what was decided about them is used up. */
  readonly endedUndos: ReadonlySet<string>;
}

/** Nothing known that stands in the way. */
export const calmFacts: Facts = {
  killSwitch: calm.killSwitch,
  manager: calm.manager,
  azureExemptions: [],
  wars: new Map(),
  permissions: new Map(),
  unverified: new Set(),
  decisions: new Map(),
  unreadable: new Set(),
  endedUndos: new Set(),
};

/** A drift that has to be decided, and what would be decided if nothing stood in the way. */
export interface Pending {
  readonly judgement: Judgement;
  readonly key: string;
  readonly known: Case | undefined;
  readonly calmly: Decision;
}

/**
 * Asks what the guardrails need to know, and only where the answer could matter: a resource in sync asks nothing, and the
 * kill switch, the breaker, the group and the history are asked for what would be changed.
 */
export async function gatherFacts(
  before: Assessment,
  root: ResourceId,
  judgements: readonly Judgement[],
  until: Date,
): Promise<Facts> {
  const { engine } = before;
  // What people approved would be changed, and what they permitted would not: both are known before anything else is asked.
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
      ? engine.surroundings.exemptionsOf(root, until)
      : [],
    ...(wouldChange.length > 0 || hasUndo(assessment)
      ? ([
          engine.killSwitch.recent(),
          engine.surroundings.managerOf(root, until),
          engine.breaker.refresh(engine.policy.limits),
          engine.tenantBudget.refresh(),
        ] as const)
      : ([calm.killSwitch, calm.manager] as const)),
  ]);
  return {
    killSwitch,
    manager,
    azureExemptions,
    wars: await warsIn(assessment, wouldChange, closed, until),
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

/** Whether a drift was opened by permission: whether that counts is known from the undo that gave it. */
function restsOnPermission({ root, cases }: Assessment, judgements: readonly Judgement[]): boolean {
  return judgements.some(({ finding, resource, remediator }) => {
    const known = cases.get(caseKey(root, resource, remediator.meta.id));
    return finding.kind === 'drifted' && known?.data.permission !== undefined;
  });
}

/** Whether somebody wants a change taken back. */
function hasUndo({ cases }: Assessment): boolean {
  return [...cases.values()].some(({ state, data }) => data.undo !== undefined && state !== 'closed');
}

/** `changing` and `verifying`: what turns out to have been undone by somebody is decided anew in the same look. */
const reconsidered: readonly string[] = [
  'open',
  'held',
  'failed',
  'awaiting-decision',
  'changing',
  'verifying',
];

function pendingOf(assessment: Assessment, judgement: Judgement): readonly Pending[] {
  const { finding, remediator, resource, observation } = judgement;
  const key = caseKey(assessment.root, resource, remediator.meta.id);
  const known = assessment.cases.get(key);
  if (finding.kind !== 'drifted' || known?.data.undo !== undefined) {
    return [];
  }
  if (known !== undefined && !reconsidered.includes(known.state)) {
    return [];
  }
  const standing: Standing = known ?? {
    key,
    state: 'none',
    data: { witnessed: isWitnessed(assessment, resource, remediator.meta.id) },
  };
  const calmly = calmDecision(assessment, judgement, finding, standing, observation);
  return calmly.kind === 'ignore' ? [] : [{ judgement, key, known, calmly }];
}

function calmDecision(
  assessment: Assessment,
  judgement: Judgement,
  drift: Drift,
  standing: Standing,
  observation: Judgement['observation'],
): Decision {
  const plan = planFor(judgement.remediator, observation, drift);
  return decide({ ...circumstancesOf(assessment, judgement, drift, standing, plan), ...calm });
}

function countsAzureExemptions({ engine }: Assessment, { judgement, calmly }: Pending): boolean {
  const { remediator, observation } = judgement;
  return (
    !(calmly.kind === 'hold' && calmly.reason === 'exempt') &&
    engine.policy.azureExemptionsOf(policySubject(remediator.meta, observation)) !== undefined
  );
}

/** How long a permission that has ended is known: so long its end may be missed, and still release the drift. */
const afterEndMs = 30 * 24 * 60 * 60_000;

async function closedCases({ engine }: Assessment, root: ResourceId): Promise<ReadCases> {
  const { withinMs } = engine.policy.limits.tugOfWar;
  // An undo whose permission may still hold, or has just ended, lies no further back.
  const since = new Date(engine.clock.now().getTime() - Math.max(withinMs, longestLeaveMs + afterEndMs));
  const unreadable: string[] = [];
  const rows = await engine.ledger.closedCases(root.subscriptionId, root.key, since, ({ key }) =>
    unreadable.push(key),
  );
  return readCases(rows, unreadable);
}
