import { defineConfig } from 'vitest/config';
import { sharedOptions } from './test/support/shared-options.ts';
import { testFiles } from './test/support/levels.ts';

/** What `npm test` leaves out, and once more at length what has a long form (test/support/effort.ts). */
export default defineConfig({
  test: {
    ...sharedOptions,
    include: testFiles()
      .filter(({ level, hasLongForm }) => level === 'long' || hasLongForm)
      .map(({ path }) => path),
    globalSetup: ['test/e2e/global-setup.ts'],
    setupFiles: ['test/support/at-length.ts'],
    env: { LEAKSTOP_TEST_EFFORT: 'long' },
    testTimeout: 3_600_000,
  },
});
