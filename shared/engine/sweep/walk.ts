import { isTransient, RemediationError } from '../../errors.ts';
import type { GraphPage } from '../../azure/resource-graph.ts';
import { parseResourceId } from '../../resource-id.ts';
import type { SweepProgress } from '../../work/sweep-run.ts';
import type { Case } from '../../case/draft.ts';
import type { Engine } from '../engine.ts';
import type { ArmResource } from '../../contract/observation.ts';
import { rootKey } from '../../ledger/format/keys.ts';
import { knownCases, unreadableRoots } from './known-cases.ts';
import { checkAccess } from './check-access.ts';
import type { WantedLook } from './look-queue.ts';
import { sendLooks } from './look-queue.ts';
import { rootsWithLifted } from './lifted.ts';
import { lookFor } from './needs-look.ts';
import type { Walk } from './one-walk.ts';
import { failureOf } from './one-walk.ts';

/** Longest time for a page. */
const pageMs = 30_000;
/** Most pages of one subscription: a thousand resources a page. */
const mostPages = 1_000;
const unknownRegion = '';

/**
 * Walks one subscription: page by page through Resource Graph, ordered by id, with looks for whatever a page does not
 * clear. Progress is kept after each page, behind its looks: after a crash the last page is walked again.
 */
export async function walkSubscription(walk: Walk): Promise<void> {
  const { engine, progress, until, save } = walk;
  const known = await knownCases(engine, walk.subscription);
  const { roots: cases } = known;
  const doubtful = unreadableRoots(known);
  const lifted = await rootsWithLifted(engine, walk.subscription, cases);
  const shown = new Set<string>();
  for (let count = 0; count < mostPages; count += 1) {
    if (engine.clock.now() >= until) {
      return;
    }
    const page = await nextPage(walk);
    if (page === undefined) {
      break;
    }
    const at = engine.clock.now();
    page.rows.forEach(({ id }) => shown.add(id.toLowerCase()));
    const rows = page.rows.filter(({ id }) => !isDone(progress, id));
    const looks = rows.map((body) => {
      const isNews = lifted.has(body.id.toLowerCase());
      return isNews || doubtful.has(rootKey(body.id))
        ? { id: body.id, region: regionOf(body), cost: { reads: 2, lists: 1 }, isNews }
        : wantedLook(walk, body, at, cases.get(body.id.toLowerCase()) ?? new Map());
    });
    await sendLooks({ queue: walk.queue, clock: engine.clock }, walk.run, progress, looks.filter(isDefined));
    countSeen(progress, rows);
    walk.read(rows.map(({ id }) => id));
    if (page.next === undefined) {
      break;
    }
    goOnAfter(progress, page.next, rows);
    await save();
  }
  await finishWalk(walk, cases, shown);
}

/** Pages that were done before the walk began again are no progress: the patience with the walk runs on. */
function goOnAfter(progress: SweepProgress, next: string, rows: readonly ArmResource[]): void {
  progress.cursor = next;
  const last = rows.at(-1);
  if (last === undefined) {
    return;
  }
  delete progress.failingSince;
  if (progress.restarted === undefined) {
    progress.doneUpTo = last.id;
  }
}

/**
 * True if a root was done before the walk began again. Resource Graph is not relied on to order by case: a root that
 * might come later counts as done, and is at worst done once more.
 */
function isDone({ restarted, doneUpTo }: SweepProgress, id: string): boolean {
  return (
    restarted === true &&
    doneUpTo !== undefined &&
    id <= doneUpTo &&
    id.toLowerCase() <= doneUpTo.toLowerCase()
  );
}

/**
 * Looks at everything that Resource Graph does not show: roots of open cases, which may be gone, and unreadable
 * subscriptions.
 */
async function finishWalk(
  walk: Walk,
  cases: ReadonlyMap<string, ReadonlyMap<string, Case>>,
  shown: ReadonlySet<string>,
): Promise<void> {
  const { engine, queue, run, progress } = walk;
  const hasCase = cases.has(`/subscriptions/${walk.subscription}`);
  if (hasCase || Object.keys(progress.seen).length === 0) {
    await checkAccess(walk, hasCase);
  }
  if (progress.failure === undefined) {
    const absent = [...cases.keys()].filter((id) => !shown.has(id) && observerOf(engine, id) !== undefined);
    const looks = absent.map((id) => ({ id, region: unknownRegion, cost: { reads: 2, lists: 1 } }));
    await sendLooks({ queue, clock: engine.clock }, run, progress, looks);
  }
  progress.isWalked = true;
  delete progress.cursor;
  delete progress.doneUpTo;
  delete progress.failingSince;
  await walk.save();
}

/** The next page; undefined when Resource Graph refuses to answer for this subscription, and the progress says why. */
async function nextPage(walk: Walk): Promise<GraphPage | undefined> {
  const { engine, graph, subscription, progress } = walk;
  const types = engine.observers.map(({ type }) => `'${type.toLowerCase()}'`).join(', ');
  const ask = (after: string | undefined): Promise<GraphPage> =>
    graph.page({
      query: `resources | where type in~ (${types}) | order by id asc`,
      subscriptions: [subscription],
      after,
      until: new Date(engine.clock.now().getTime() + pageMs),
    });
  try {
    return await ask(progress.cursor);
  } catch (error) {
    if (!(error instanceof RemediationError) || isTransient(error)) {
      throw error;
    }
    if (progress.cursor !== undefined && progress.restarted === undefined) {
      // Resource Graph no longer knows the place of the cursor: the walk starts again, but only once. A page that is
      // refused for its content is refused again.
      delete progress.cursor;
      progress.restarted = true;
      await walk.save();
      return nextPage(walk);
    }
    progress.failure = failureOf(error);
    return undefined;
  }
}

function wantedLook(
  { engine }: Walk,
  body: ArmResource,
  at: Date,
  cases: ReadonlyMap<string, Case>,
): WantedLook | undefined {
  const observer = observerOf(engine, body.id);
  const cost = observer === undefined ? undefined : lookFor(engine, observer, body, at, cases);
  return cost === undefined ? undefined : { id: body.id, region: regionOf(body), cost };
}

function observerOf({ observers }: Engine, id: string) {
  const type = parseResourceId(id).type.toLowerCase();
  return observers.find((observer) => observer.type.toLowerCase() === type);
}

function regionOf({ location }: ArmResource): string {
  return typeof location === 'string' ? location : unknownRegion;
}

function countSeen(progress: SweepProgress, rows: readonly ArmResource[]): void {
  for (const { id } of rows) {
    const type = parseResourceId(id).type.toLowerCase();
    progress.seen[type] = (progress.seen[type] ?? 0) + 1;
  }
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
