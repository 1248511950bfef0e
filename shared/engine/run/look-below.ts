import type { WorkQueue } from '../../work/queue.ts';
import { parseResourceId, resourceIdIn } from '../../resource-id.ts';
import type { SweepProgress } from '../../work/sweep-run.ts';
import type { Case } from '../../case/draft.ts';
import { obstructionOf } from '../../case/obstruction-of.ts';
import type { Obstruction } from '../../contract/obstruction.ts';
import type { Engine } from '../engine.ts';
import type { ReconcileRequest } from '../../work/request.ts';
import { knownCases } from '../sweep/known-cases.ts';
import { nextTurn } from '../sweep/pace.ts';

/** Most roots that are looked at because of one event; further ones are left to the sweep. */
const mostBelow = 5_000;

/** Looks below a scope. Returns the number of looks. */
export type LookBelow = (
  engine: Pick<Engine, 'ledger' | 'observers' | 'clock'>,
  queue: WorkQueue,
  request: ReconcileRequest,
) => Promise<number>;

/** One pace for all news of a process: together they use half of the quota. */
export function createLookBelow(): LookBelow {
  const pace = { lanes: {} };
  return (engine, queue, request) => lookBelow(engine, queue, request, pace);
}

/**
 * News about a scope is news for open cases at the scope and below. The root of each case is put on the queue to be
 * read itself, since Azure names the scope alone, and an event is never believed. The looks are spread as those of a
 * sweep are. An event that comes twice causes each look once.
 */
async function lookBelow(
  engine: Pick<Engine, 'ledger' | 'observers' | 'clock'>,
  queue: WorkQueue,
  { root: scope, casesBelow, note }: ReconcileRequest,
  pace: Pick<SweepProgress, 'lanes'>,
): Promise<number> {
  if (note === undefined) {
    return 0;
  }
  const { key: above, subscriptionId } = parseResourceId(scope);
  // A row may name anything for its root: only a root at which the resource lies, or above it, can be meant.
  const concerns = ({ state, data }: Case): boolean =>
    [above, data.root].every((id) => isAtOrBelow(data.resource, id)) &&
    (casesBelow === 'all' || isOneOf(casesBelow ?? [], obstructionOf({ state, data })));
  const { roots } = await knownCases(engine, subscriptionId);
  const types = engine.observers.map(({ type }) => type.toLowerCase());
  const below = [...roots]
    .filter(([, cases]) => [...cases.values()].some(concerns))
    .map(([root]) => resourceIdIn(root))
    .filter((id) => id !== undefined)
    .filter(({ type }) => types.includes(type.toLowerCase()))
    .slice(0, mostBelow);
  for (const { key, type } of below) {
    const place = { provider: type.split('/')[0] ?? '', region: '' };
    const now = engine.clock.now();
    const at = nextTurn(pace, { reads: 1, lists: 0 }, place, now);
    await queue.send(
      { root: key, note: { ...note, resource: key } },
      Math.max(0, at.getTime() - now.getTime()),
    );
  }
  return below.length;
}

function isOneOf(obstructions: readonly Obstruction[], found: Obstruction | undefined): boolean {
  return found !== undefined && obstructions.includes(found);
}

function isAtOrBelow(resource: string, id: string): boolean {
  return `${resource}/`.toLowerCase().startsWith(`${id}/`.toLowerCase());
}
