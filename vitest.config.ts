import { defineConfig } from 'vitest/config';
import { sharedOptions } from './test/support/shared-options.ts';
import { testFiles, type Level } from './test/support/levels.ts';

const files = testFiles();
const of = (level: Level): string[] => files.filter((file) => file.level === level).map(({ path }) => path);

/** The levels of `npm test`. Which file belongs to which follows from what it imports (test/support/levels.ts). */
export default defineConfig({
  test: {
    ...sharedOptions,
    projects: [
      { extends: true, test: { name: 'unit', include: of('unit'), isolate: false } },
      { extends: true, test: { name: 'world', include: of('world') } },
      { extends: true, test: { name: 'app', include: of('app'), globalSetup: ['test/e2e/global-setup.ts'] } },
    ],
  },
});
