import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AzuriteTables, startAzuriteTables } from '../support/azurite-table.ts';
import { runContention } from './run-contention.ts';

let tables: AzuriteTables;
beforeAll(async () => {
  tables = await startAzuriteTables();
});
afterAll(() => tables.stop());

const one = '00000000-0000-0000-0000-0000000000c1';
const chains = [one, '00000000-0000-0000-0000-0000000000c2', 'service'];

test('processes on one chain: no gap, no fork, and exactly what they were told', async () => {
  const load = { processes: 3, workers: 6, units: 10, chains: [one], kills: 0, faults: false };
  const report = await runContention(tables, load);
  expect(report.problems).toEqual([]);
  expect(report.committed).toBeGreaterThan(20);
  expect(report.unknown).toBe(0);
});

test('processes that are killed, on a table that fails: the same', async () => {
  const load = { processes: 3, workers: 4, units: 4, chains, kills: 3, faults: true };
  const report = await runContention(tables, load);
  expect(report.problems).toEqual([]);
  expect(report.killed).toBeGreaterThan(0);
  expect(report.committed).toBeGreaterThan(20);
  expect(report.faults).toBeGreaterThan(10);
});
