import { setTimeout as wait } from 'node:timers/promises';
import type { FunctionsHost } from '../host/start-host.ts';
import type { LedgerReader } from './ledger-reader.ts';

/**
 * Runs the baseline function at once instead of at the next minute, and waits until the ledger holds it.
 *
 * @throws Error when the function cannot be run, or has not come to its end within the limit
 */
export async function takeBaseline(
  { url, masterKey }: FunctionsHost,
  ledger: LedgerReader,
  subscriptions: readonly string[],
  limitMs = 60_000,
): Promise<void> {
  const answer = await fetch(`${url}/admin/functions/take-baseline`, {
    method: 'POST',
    headers: { 'x-functions-key': masterKey, 'content-type': 'application/json' },
    body: JSON.stringify({ input: '' }),
  });
  if (answer.status !== 202) {
    throw new Error(`the host answered ${answer.status} to "take-baseline"`);
  }
  const end = performance.now() + limitMs;
  for (const subscription of subscriptions) {
    while (!(await ledger.hasBaseline(subscription))) {
      if (performance.now() > end) {
        throw new Error(`no baseline of ${subscription} in the ledger after ${limitMs / 1000} s`);
      }
      await wait(100);
    }
  }
}
