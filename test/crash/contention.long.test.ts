import { afterAll, beforeAll, expect, test } from 'vitest';
import { runContention } from '../contention/run-contention.ts';
import { type AzuriteTables, startAzuriteTables } from '../support/azurite-table.ts';

let tables: AzuriteTables;
beforeAll(async () => {
  tables = await startAzuriteTables();
});
afterAll(() => tables.stop());

const chains = ['00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-0000000000c2', 'service'];

test.each([
  { processes: 6, workers: 8, units: 40, kills: 20, chains: chains.slice(0, 1), faults: false },
  { processes: 6, workers: 8, units: 25, kills: 20, chains, faults: true },
])('$processes processes of $workers workers, faults: $faults', async (load) => {
  const report = await runContention(tables, load);
  expect(report.problems).toEqual([]);
  expect(report.killed).toBeGreaterThan(0);
  process.stdout.write(`${JSON.stringify({ ...report, problems: 0 })}\n`);
});
