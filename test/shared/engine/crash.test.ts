import { afterAll, beforeAll, expect, it } from 'vitest';
import { killEverywhere } from '../../support/kill-report.ts';
import type { CrashBed } from '../../support/run-crash.ts';
import { startCrashBed } from '../../support/run-crash.ts';

let crash: CrashBed;

beforeAll(async () => {
  crash = await startCrashBed();
});
afterAll(() => crash.bed.stop());

// The other scenarios, the engine's own calls and two deaths in a row: `npm run test:crash`.
it.each(['one drift on an account', 'three drifts on one account'] as const)(
  '%s: killed at any request, before and after it took effect, closes once',
  async (name) => {
    expect(await killEverywhere(crash, name, 'request')).toEqual([]);
  },
);
