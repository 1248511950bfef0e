import { startChild, stopChild } from '../../sandbox/process/child.ts';
import { compressTime } from '../../sandbox/time/compressed-time.ts';
import { patienceMs } from '../support/patience.ts';
import type { OutagePlan, OutageResult } from './run.ts';

const script = new URL('run.ts', import.meta.url).pathname;

/**
 * Plays an outage with the whole sandbox and the app in compressed time.
 *
 * @throws Error with what was printed when it does not come to an end
 */
export async function playOutage(plan: OutagePlan, factor: number): Promise<OutageResult> {
  const printed: string[] = [];
  const result = Promise.withResolvers<OutageResult>();
  const child = startChild({
    script,
    args: [JSON.stringify(plan)],
    environment: compressedFromYesterday(factor),
    workingDirectory: process.cwd(),
    onLine: (line, stream) => {
      if (stream === 'stdout' && line.startsWith('{"plan"')) {
        result.resolve(JSON.parse(line) as OutageResult);
      }
      printed.push(line.slice(0, 500));
    },
  });
  const fail = (why: string): void => result.reject(new Error(`${why}:\n${printed.slice(-20).join('\n')}`));
  child.once('exit', (code) => fail(`The outage ended with ${code ?? 'a signal'}`));
  const timer = setTimeout(() => fail('The outage does not end'), 3 * patienceMs);
  try {
    return await result.promise;
  } finally {
    clearTimeout(timer);
    await stopChild(child, 'SIGKILL');
  }
}

/**
 * Simulated time begins a day before now and does not catch up: what OpenSSL keeps to is real time, and it would not take
 * certificates that were made in the future.
 */
function compressedFromYesterday(factor: number): Record<string, string> {
  const { environment } = compressTime(factor);
  const lagMs = 86_400_000 / (factor - 1);
  return { ...environment, SANDBOX_TIME_ORIGIN: String(Number(environment.SANDBOX_TIME_ORIGIN) + lagMs) };
}
