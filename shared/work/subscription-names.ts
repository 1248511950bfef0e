import type { ListSubscriptions } from '../azure/subscription-list.ts';
import { type Clock, timestamp } from '../clock.ts';
import { type ReadNames, type SubscriptionNames, subscriptionNames } from '../subscription-names.ts';
import type { Logger } from '../telemetry/logger.ts';
import { safeCause } from '../text/safe-cause.ts';
import type { KeptNames, NameStore } from './name-store.ts';
import { clockBounds } from './clock-bounds.ts';

interface Parts {
  readonly store: () => Promise<NameStore>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warning'>;
}

/** Azure is not asked again within this time. A sweep begins once an hour and asks when it ends. */
const leastAgeMs = 30 * 60_000;
/** Longest that asking Azure may take. */
const askMs = 60_000;

/** Asks Azure for the names of the guarded subscriptions, unless that was done lately, and keeps them. Never rejects. */
export function openNameKeeper({
  store,
  clock,
  logger,
  list,
  subscriptions,
}: Parts & {
  readonly list: ListSubscriptions;
  readonly subscriptions: readonly string[];
}): () => Promise<void> {
  const guarded = new Set(subscriptions.map((id) => id.toLowerCase()));
  return async () => {
    try {
      const kept = await (await store()).read();
      const now = clock.now().getTime();
      const readAt = clockBounds(clock).past(kept?.readAt);
      if (readAt !== undefined && now - Date.parse(readAt) < leastAgeMs) {
        return;
      }
      const listed = await list(new Date(now + askMs));
      const names = listed
        .filter(({ id }) => guarded.has(id))
        .map(({ id, displayName }) => [id, displayName]);
      await (
        await store()
      ).keep({ readAt: timestamp(clock), names: Object.fromEntries(names) as KeptNames['names'] });
    } catch (error) {
      logger.warning('The names of subscriptions were not read', { reason: safeCause(error).message });
    }
  };
}

/** The table is read again only after this time, whatever the last reading came to. */
const readEveryMs = 5 * 60_000;

/** Reads the names that were kept. Who cannot read them now gets those of the last time. */
export function openNameReader({ store, clock, logger }: Parts): ReadNames {
  let next = 0;
  let last: Promise<SubscriptionNames> = Promise.resolve(subscriptionNames({}));
  const readAgain = async (before: SubscriptionNames): Promise<SubscriptionNames> => {
    try {
      return subscriptionNames((await (await store()).read())?.names ?? {});
    } catch (error) {
      logger.warning('The names of subscriptions cannot be read', { reason: safeCause(error).message });
      return before;
    }
  };
  return () => {
    const now = clock.now().getTime();
    if (now >= next) {
      next = now + readEveryMs;
      last = last.then(readAgain);
    }
    return last;
  };
}
