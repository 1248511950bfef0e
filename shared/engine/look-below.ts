import type { WorkQueue } from '../intake/queue.ts';
import { isResourceId, parseResourceId } from '../resource-id.ts';
import type { SweepProgress } from '../work/sweep-run.ts';
import type { Engine } from './engine.ts';
import type { ReconcileRequest } from './request.ts';
import { knownCases } from './sweep/known-cases.ts';
import { nextTurn } from './sweep/pace.ts';

/** What lies above guarded roots, and takes them along when it is deleted. */
const containerType = 'Microsoft.Resources/subscriptions/resourceGroups';

/** Roots that are looked at because of one delete; more are left to the sweep. */
const mostBelow = 5_000;

/** Whether a message is about something above roots, of which nobody reads the body. */
export function isAboveRoots({ root }: Pick<ReconcileRequest, 'root'>): boolean {
  return parseResourceId(root).type.toLowerCase() === containerType.toLowerCase();
}

/**
 * The delete of what lies above roots is news for their open cases: each such root is put on the queue to be read itself, since
 * Azure tells of the group alone, and an event is never believed. They are spread as the looks of a sweep are. Told twice,
 * each is done once. Returns how many there are.
 */
export async function lookBelow(
  engine: Pick<Engine, 'ledger' | 'observers' | 'clock'>,
  queue: WorkQueue,
  { root, note }: ReconcileRequest,
): Promise<number> {
  if (note === undefined) {
    return 0;
  }
  const above = parseResourceId(root);
  const { roots } = await knownCases(engine, above.subscriptionId);
  const types = engine.observers.map(({ type }) => type.toLowerCase());
  const below = [...roots.keys()]
    .filter((id) => id.startsWith(`${above.key}/`) && isResourceId(id))
    .map(parseResourceId)
    .filter(({ type }) => types.includes(type.toLowerCase()))
    .slice(0, mostBelow);
  const pace: Pick<SweepProgress, 'lanes'> = { lanes: {} };
  for (const { key, type } of below) {
    const place = { provider: type.split('/')[0] ?? '', region: '' };
    const at = nextTurn(pace, { reads: 1, lists: 0 }, place, engine.clock.now());
    const told = { ...note, id: `${note.id}:${key}`, resource: key, source: 'wake' } as const;
    await queue.send({ root: key, note: told }, Math.max(0, at.getTime() - engine.clock.now().getTime()));
  }
  return below.length;
}
