import { buildWhenStale } from './built-app.ts';

/** Run by vitest once, before all test files: two files that build at the same time would spoil each other's build. */
export async function setup(): Promise<void> {
  await buildWhenStale();
}
