import { setTimeout } from 'node:timers/promises';
import { patienceMs } from '../support/patience.ts';

/**
 * Asks until the answer is something other than undefined or false.
 *
 * @throws Error that says what was waited for
 */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  pauseMs = 20,
): Promise<Exclude<T, undefined | false>> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) {
      return answer as Exclude<T, undefined | false>;
    }
    await setTimeout(pauseMs);
  }
  throw new Error(`Not within ${patienceMs} ms: ${what}`);
}
