import type { ViteUserConfig } from 'vitest/config';
import { patienceMs } from './patience.ts';

const report = process.env.LEAKSTOP_TEST_REPORT;

/** Options of vitest for all levels. Limits only end what hangs: a busy machine takes many times what an idle one does. */
export const sharedOptions: NonNullable<ViteUserConfig['test']> = {
  // CI counts from the report.
  reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  pool: 'forks',
  maxWorkers: 2,
  testTimeout: 2 * patienceMs,
  hookTimeout: 2 * patienceMs,
  expect: { poll: { timeout: patienceMs } },
};
