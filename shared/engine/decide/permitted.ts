import { proposalHash, proposalOf } from '../../case/proposal.ts';
import { outcomeOf, voidBecause } from '../../approval/rules.ts';
import { caseKey } from '../../ledger/format/keys.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { Assessment } from './assessment.ts';
import type { Permitted } from './facts.ts';
import type { Undo } from '../../case/case-data.ts';
import type { Case } from '../../case/draft.ts';

/** More decisions than one case can need. */
export const mostDecisions = 20;

/**
 * The permissions that undos among closed cases still give. A row says that a drift is permitted; only signatures
 * show that people want it, and they lie in the row of the undo itself. A drift that was opened under a permission
 * keeps it past its end, which releases the drift. For any other drift only the last closed case counts, and only
 * while its permission holds.
 */
export async function permittedIn(assessment: Assessment, closed: readonly Case[]): Promise<Permitted> {
  const now = assessment.engine.clock.now();
  const permissions = new Map<string, Undo>();
  const unverified = new Set<string>();
  for (const key of new Set(closed.map((row) => row.key))) {
    const carried = assessment.cases.get(key)?.data.permission;
    const undo = undoOf(key, closed, carried);
    const verdict = undo === undefined ? undefined : await verify(assessment, undo);
    if (verdict === 'unverified') {
      unverified.add(key);
    } else if (verdict !== undefined && (carried !== undefined || new Date(verdict.until) > now)) {
      permissions.set(key, verdict);
    }
  }
  return { permissions, unverified };
}

/** The undo on which a drift rests: the undo that its case names, or the case that was closed last. */
function undoOf(key: string, closed: readonly Case[], carried: Undo | undefined): Case | undefined {
  const rows = closed.filter((row) => row.key === key);
  const row =
    carried === undefined ? rows.at(-1) : rows.findLast(({ data }) => data.undo?.caseId === carried.caseId);
  return row?.data.closed === 'undone' ? row : undefined;
}

async function verify(assessment: Assessment, row: Case): Promise<Undo | 'unverified' | undefined> {
  const { engine, root } = assessment;
  const { undo, change, decisions = [], resource, control } = row.data;
  const state = change?.steps.at(-1)?.after;
  // The signed decision names the resource: under another drift's key the undo permits nothing.
  if (undo === undefined || state === undefined || row.key !== caseKey(root, resource, control)) {
    return undefined;
  }
  const about = {
    caseId: row.caseId,
    subscription: parseResourceId(root).subscriptionId,
    data: row.data,
    proposal: proposalHash(proposalOf({ ...row, state: 'open' })),
  };
  const checked = await Promise.all(
    decisions.slice(0, mostDecisions).map(async (signed) => ({
      decision: signed.decision,
      signature: await engine.decisions.check(signed),
    })),
  );
  const now = engine.clock.now();
  const counted = (signatures: readonly string[]) =>
    checked
      .filter(({ signature }) => signatures.includes(signature))
      .map(({ decision }) => decision)
      // Keeps decisions that were valid when they were made. Their end is checked elsewhere.
      .filter((each) => voidBecause(each, about, engine.policy, earlier(each.at, now)) === undefined);
  const outcome = outcomeOf(counted(['genuine']), about, engine.policy);
  if (outcome.kind === 'decided') {
    const until = outcome.until.toISOString();
    return outcome.verdict === 'undo' ? { ...undo, until, state } : undefined;
  }
  const possible = outcomeOf(counted(['genuine', 'unknown']), about, engine.policy);
  return possible.kind === 'decided' && possible.verdict === 'undo' ? 'unverified' : undefined;
}

function earlier(moment: string, now: Date): Date {
  return new Date(Math.min(Date.parse(moment), now.getTime()));
}
