import { afterAll, beforeAll, expect, it } from 'vitest';
import { account, blobService, newSubscription } from '../../../support/estate.ts';
import type { TestTime } from '../../../support/sweep-world.ts';
import { createSweepWorld, createTestTime } from '../../../support/sweep-world.ts';
import type { TestBed } from '../../../support/test-bed.ts';
import { startTestBed } from '../../../support/test-bed.ts';

let bed: TestBed;
let time: TestTime;

beforeAll(async () => {
  time = createTestTime();
  bed = await startTestBed({ clock: time, now: () => time.now().getTime() });
});
afterAll(() => bed.stop());

const accounts = 110;
const windowMs = 300_000;

/** The most calls that began within any five minutes. */
function mostWithin(moments: readonly number[]): number {
  const sorted = [...moments].sort((one, other) => one - other);
  return Math.max(
    ...sorted.map((start) => sorted.filter((moment) => moment >= start && moment < start + windowMs).length),
  );
}

// No baseline has seen them: every account has to be read, and its containers listed.
it('of more open accounts than five minutes let anybody list looks at all, with half of the quota', async () => {
  const subscription = newSubscription();
  bed.guard(subscription);
  const all = Array.from({ length: accounts }, (_, index) =>
    account(subscription, `open${index}`, { allowBlobPublicAccess: true }),
  );
  for (const body of all) {
    bed.azure.arm.state.load(body);
    bed.azure.arm.state.load(blobService(body.id));
  }
  const world = await createSweepWorld(bed, time, [subscription]);
  const start = time.now().getTime();
  await world.sweep();
  const calls = bed.azure.accounting.calls({ caller: 'leakstop-observe' });
  expect(calls.filter(({ status }) => status === 429)).toEqual([]);
  const lists = calls.filter(({ path }) => path.endsWith('/containers'));
  const reads = calls.filter(({ path, method }) => method === 'GET' && !path.endsWith('/containers'));
  expect(new Set(lists.map(({ path }) => path)).size).toBe(accounts);
  expect(new Set(reads.map(({ path }) => path)).size).toBe(accounts);
  const momentsOf = (some: typeof calls): number[] => some.map(({ time: at }) => at.getTime());
  expect(mostWithin(momentsOf(lists))).toBeLessThanOrEqual(50);
  expect(mostWithin(momentsOf(reads))).toBeLessThanOrEqual(400);
  // It takes as long as the quota says, and not much longer.
  expect((time.now().getTime() - start) / 60_000).toBeLessThan((accounts / 50) * 5 + 5);
});
