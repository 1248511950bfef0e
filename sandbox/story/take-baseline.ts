import { setTimeout as wait } from 'node:timers/promises';
import type { FunctionsHost } from '../host/start-host.ts';
import type { LedgerReader } from './ledger-reader.ts';
import { runFunction } from './run-function.ts';

const askAgainMs = 6_000;

/**
 * Runs the baseline function at once instead of at the next minute, and waits until the ledger holds it.
 *
 * @throws Error when the function cannot be run, or has not come to its end within the limit
 */
export async function takeBaseline(
  host: FunctionsHost,
  ledger: LedgerReader,
  subscriptions: readonly string[],
  limitMs = 60_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  const missing = async (): Promise<readonly string[]> => {
    const known = await Promise.all(subscriptions.map((subscription) => ledger.hasBaseline(subscription)));
    return subscriptions.filter((_, index) => known[index] !== true);
  };
  let askedAt = Number.NEGATIVE_INFINITY;
  for (let left = await missing(); left.length > 0; left = await missing()) {
    if (performance.now() > end) {
      const causes = (await ledger.openCases())
        .map(({ failure }) => failure)
        .filter((text) => text !== undefined);
      const why = causes.length === 0 ? '' : ` (${[...new Set(causes)].join('; ')})`;
      throw new Error(`no baseline of ${left.join(', ')} in the ledger after ${limitMs / 1000} s${why}`);
    }
    // A run that meets one that the timer began leaves what the other has in hand to a later run.
    if (performance.now() - askedAt > askAgainMs) {
      await runFunction(host, 'take-baseline');
      askedAt = performance.now();
    }
    await wait(100);
  }
}
