import { caseKey } from '../../ledger/format/keys.ts';
import { baselineOf } from '../../case/baseline.ts';
import type { Case } from '../../case/draft.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Note } from '../../work/work.ts';
import { Allowance, Reserve, roomInTenant } from '../allowance.ts';
import { readNews } from '../look/other-writers.ts';
import type { Seen } from '../look/seen.ts';
import type { PassInput } from '../pass-input.ts';
import type { Assessment } from './assessment.ts';
import { calmFacts } from './facts.ts';
import { gatherFacts } from './gather-facts.ts';
import { lastSweep } from './last-sweep.ts';

/** The facts about its root that a pass has before it decides. */
export interface Known {
  /** The data of the chain's head. */
  readonly head: JsonObject;
  readonly cases: ReadonlyMap<string, Case>;
  readonly notes: readonly Note[];
}

/** Gathers everything that the drifts of a look are decided by. */
export async function prepareAssessment(
  { engine, root, claim, room }: PassInput,
  { head, cases, notes }: Known,
  { look, judgements }: Seen,
): Promise<Assessment> {
  const before: Assessment = {
    engine,
    root: root.key,
    cases,
    notes,
    told: notes,
    baseline: baselineOf(head),
    swept: await lastSweep(engine, root, { cases, notes, judgements }),
    observed: claim.row.observed,
    hasLostNotes: (claim.row.notesDropped ?? 0) > 0,
    lookedAt: look.startedAt,
    allowance: new Allowance(),
    reserve: new Reserve(head, engine.clock.now()),
    facts: calmFacts,
  };
  const told = [...notes, ...(await laterNotes({ engine, claim }, cases, judgements))];
  const facts = await gatherFacts(before, root, judgements, claim.until);
  const { limits } = engine.policy;
  const tenant = roomInTenant(engine.tenantBudget.used(), limits);
  return { ...before, told, facts, allowance: new Allowance(room, tenant) };
}

/** Notes that came to the row after this pass began: somebody may have closed a drift since it was seen. */
async function laterNotes(
  { engine, claim }: Pick<PassInput, 'engine' | 'claim'>,
  cases: ReadonlyMap<string, Case>,
  judgements: Seen['judgements'],
): Promise<readonly Note[]> {
  const isOver = judgements.some(({ resource, remediator, finding }) => {
    const known = cases.get(caseKey(claim.row.root, resource, remediator.meta.id));
    return finding.kind === 'in-sync' && known !== undefined && known.state !== 'closed';
  });
  const news = isOver ? await readNews({ engine, claim }) : undefined;
  return (news?.notes ?? []).filter(({ actor }) => !isOurs(engine, actor));
}

function isOurs({ ownClientIds }: PassInput['engine'], actor: Note['actor']): boolean {
  return typeof actor?.appId === 'string' && ownClientIds.includes(actor.appId.toLowerCase());
}
