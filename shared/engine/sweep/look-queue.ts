import type { WorkQueue } from '../../work/queue.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { SweepProgress } from '../../work/sweep-run.ts';
import type { Clock } from '../../clock.ts';
import { timestamp } from '../../clock.ts';
import type { SweepStore } from '../../work/sweep-store.ts';
import type { LookCost } from './needs-look.ts';
import { nextTurn } from './pace.ts';

/** A root that has to be read. */
export interface WantedLook {
  readonly id: string;
  /** The region of the root, as far as it is known. */
  readonly region: string;
  readonly cost: LookCost;
  /** True if an obstruction of a case there is over: its change is then tried again. */
  readonly isNews?: boolean;
}

const prefixOf = (run: string): string => `sweep:${run}:`;

/** Roots whose look was begun for a sweep and has not ended: work on them is under way, or they rest after a fault. */
export async function unendedLooks(
  sweeps: Pick<SweepStore, 'pending'>,
  run: string,
): Promise<readonly string[]> {
  const roots: string[] = [];
  for await (const root of sweeps.pending(prefixOf(run))) {
    roots.push(root);
  }
  return roots;
}

/** Messages that are sent side by side. */
const mostAtOnce = 16;

/**
 * Puts looks on the queue, each hidden until its turn. A message only names the root to look at, and holds
 * nothing from Resource Graph. A look that is sent again after a crash is recognised by its name and done once.
 */
export async function sendLooks(
  { queue, clock }: { readonly queue: WorkQueue; readonly clock: Clock },
  run: string,
  progress: SweepProgress,
  looks: readonly WantedLook[],
): Promise<void> {
  const now = clock.now();
  const turns = looks.map(({ id, region, cost, isNews = false }) => {
    const provider = parseResourceId(id).type.split('/')[0] ?? '';
    return { id, isNews, at: nextTurn(progress, cost, { provider, region }, now) };
  });
  for (let start = 0; start < turns.length; start += mostAtOnce) {
    await Promise.all(
      turns.slice(start, start + mostAtOnce).map(({ id, isNews, at }) => {
        const note = {
          id: `${prefixOf(run)}${id.toLowerCase()}`,
          time: timestamp(clock),
          resource: id,
          source: isNews ? 'look' : 'sweep',
        } as const;
        return queue.send({ root: id, note }, Math.max(0, at.getTime() - clock.now().getTime()));
      }),
    );
  }
  const last = turns.reduce((latest, { at }) => Math.max(latest, at.getTime()), 0);
  progress.looks += turns.length;
  if (last > Date.parse(progress.lastLookAt ?? '1970-01-01T00:00:00Z')) {
    progress.lastLookAt = new Date(last).toISOString();
  }
}
