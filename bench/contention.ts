import Table from 'cli-table3';
import { startAzuriteTables } from '../test/support/azurite-table.ts';
import { runContention } from '../test/contention/run-contention.ts';

const many = Array.from({ length: 8 }, (_, index) => `00000000-0000-0000-0000-0000000000d${index}`);

const loads: readonly [number, readonly string[]][] = [
  [1, many.slice(0, 1)],
  [1, many],
  [4, many.slice(0, 1)],
  [4, many],
];

/** Appends by one process and by four, on one chain and on eight: the cost of contention at the head's ETag. */
export async function benchContention(): Promise<void> {
  const tables = await startAzuriteTables();
  const table = new Table({ head: ['processes', 'workers', 'chains', 'entries/s', 'lost answers'] });
  try {
    for (const [processes, chains] of loads) {
      const load = { processes, workers: 16, units: 128 / processes, chains, own: true };
      const report = await runContention(tables, { ...load, kills: 0, faults: false });
      if (report.problems.length > 0) {
        throw new Error(`The ledger is not as it has to be:\n${report.problems.join('\n')}`);
      }
      const rate = Math.round(report.entries / (report.milliseconds / 1_000));
      table.push([processes, load.workers, chains.length, rate, report.unknown]);
    }
    process.stdout.write(`Appends by processes that contend, 3 entries a unit\n${table.toString()}\n`);
  } finally {
    await tables.stop();
  }
}
