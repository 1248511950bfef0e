import type { CheckedDecision } from '../approval/rules.ts';
import { longestLeaveMs } from '../approval/rules.ts';
import { caseKey } from '../ledger/format/keys.ts';
import type { ResourceId } from '../resource-id.ts';
import type { SwitchState } from '../policy/kill-switch.ts';
import type { Assessment } from './assessment.ts';
import type { Undo } from './case-data.ts';
import { circumstancesOf, policySubject } from './circumstances.ts';
import type { Standing } from './circumstances.ts';
import type { Decision } from './decide.ts';
import { decide } from './decide.ts';
import type { Case } from './draft.ts';
import { caseOf } from './draft.ts';
import type { Judgement } from './evaluate.ts';
import type { TugOfWar } from './guardrails.ts';
import { calm } from './guardrails.ts';
import { isWitnessed } from './open-case.ts';
import type { Change, Drift } from './remediator.ts';
import type { AzureExemption, Manager } from './surroundings.ts';
import { warsIn } from './tug-of-war.ts';

/** What the guardrails need to know of a root and of the world. By case key where it concerns one drift. */
export interface Facts {
  readonly killSwitch: SwitchState;
  readonly manager: Manager;
  readonly azureExemptions: readonly AzureExemption[];
  readonly wars: ReadonlyMap<string, TugOfWar>;
  /** Permissions to drift that came with an undo. */
  readonly permissions: ReadonlyMap<string, Undo>;
  /** Decisions of people that the cases carry, with what is known of their signatures. */
  readonly decisions: ReadonlyMap<string, readonly CheckedDecision[]>;
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
  decisions: new Map(),
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
  // What people approved would be changed, and so has to be known before anything else is asked.
  const decisions = await checkDecisions(before);
  const assessment = { ...before, facts: { ...before.facts, decisions } };
  const pending = judgements.flatMap((judgement) => pendingOf(assessment, judgement));
  const wouldChange = pending.filter(({ calmly }) => calmly.kind === 'change');
  const wantsHistory =
    pending.some(({ known }) => known === undefined) || wouldChange.length > 0 || hasUndo(assessment);
  const [closed, azureExemptions, killSwitch, manager] = await Promise.all([
    wantsHistory ? closedCases(assessment, root) : [],
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
    permissions: permissionsIn(closed, engine.clock.now()),
    decisions,
    endedUndos: new Set(closed.filter(({ data }) => data.undo !== undefined).map(({ caseId }) => caseId)),
  };
}

function withState(undo: Undo, change: Change | undefined): Undo {
  const state = change?.steps.at(-1)?.after;
  return state === undefined ? undo : { ...undo, state };
}

/** More decisions than one case can need. */
const mostDecisions = 20;

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
  const plan = judgement.remediator.plan(observation, drift);
  return decide({ ...circumstancesOf(assessment, judgement, drift, standing, plan), ...calm });
}

function countsAzureExemptions({ engine }: Assessment, { judgement, calmly }: Pending): boolean {
  const { remediator, observation } = judgement;
  return (
    !(calmly.kind === 'hold' && calmly.reason === 'exempt') &&
    engine.policy.azureExemptionsOf(policySubject(remediator.meta, observation)) !== undefined
  );
}

async function closedCases({ engine }: Assessment, root: ResourceId): Promise<readonly Case[]> {
  const { withinMs } = engine.policy.limits.tugOfWar;
  // So far back lies the undo whose permission may still hold.
  const since = new Date(engine.clock.now().getTime() - Math.max(withinMs, longestLeaveMs));
  return (await engine.ledger.closedCases(root.subscriptionId, root.key, since)).map(caseOf);
}

/**
 * What each drift's last closed case still permits, if that was an undo. A case that is opened under a permission carries it,
 * and is released at its end; a drift that opens later has nothing to do with it.
 */
function permissionsIn(closed: readonly Case[], now: Date): ReadonlyMap<string, Undo> {
  const last = new Map(closed.map((row) => [row.key, row]));
  return new Map(
    [...last].flatMap(([key, { data }]) =>
      data.closed === 'undone' && data.undo !== undefined && new Date(data.undo.until) > now
        ? [[key, withState(data.undo, data.change)] as const]
        : [],
    ),
  );
}
