import { isTransient, RemediationError } from '../../errors.ts';
import { parseResourceId } from '../../resource-id.ts';
import { closeListable, reportUnlistable } from '../pass/listable.ts';
import type { WantedLook } from './look-queue.ts';
import { sendLooks } from './look-queue.ts';
import type { Walk } from './one-walk.ts';
import { failureOf } from './one-walk.ts';

/** Longest time for the list. */
const listMs = 60_000;
/**
 * Most roots of one subscription that Resource Manager shows and Resource Graph does not: further ones wait for the
 * next sweep.
 */
const mostListed = 5_000;

/**
 * Asks Resource Manager about a subscription for which Resource Graph shows nothing: it silently hides unreadable
 * resources. A refusal opens the case that names the missing action, and an answer closes it. Resources that do
 * exist, but are too young for Resource Graph, are looked at.
 */
export async function checkAccess(walk: Walk, hasCase: boolean): Promise<void> {
  const { engine, queue, run, progress } = walk;
  const subscription = parseResourceId(`/subscriptions/${walk.subscription}`);
  const isShown = Object.keys(progress.seen).length > 0;
  try {
    const looks = await listHidden(walk, isShown ? 1 : mostListed);
    if (!isShown) {
      await sendLooks({ queue, clock: engine.clock }, run, progress, looks);
    }
    if (hasCase) {
      await closeListable(engine, subscription);
    }
  } catch (error) {
    if (!(error instanceof RemediationError) || isTransient(error)) {
      throw error;
    }
    progress.failure = failureOf(error);
    await reportUnlistable(engine, subscription, error);
  }
}

async function listHidden({ engine, subscription }: Walk, most: number): Promise<WantedLook[]> {
  const until = new Date(engine.clock.now().getTime() + listMs);
  const looks: WantedLook[] = [];
  for (const observer of engine.observers) {
    for await (const { id, location } of observer.list(subscription, until)) {
      const region = typeof location === 'string' ? location : '';
      looks.push({ id, region, cost: { reads: 2, lists: 1 } });
      if (looks.length >= most) {
        break;
      }
    }
  }
  return looks;
}
