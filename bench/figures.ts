import Table from 'cli-table3';

/** The value below which a share of the samples lies; 0 without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

/** A time in milliseconds, or in a larger unit where that reads better. */
export function duration(milliseconds: number): string {
  if (milliseconds < 10_000) {
    return `${Math.round(milliseconds)} ms`;
  }
  return milliseconds < 120_000
    ? `${(milliseconds / 1_000).toFixed(1)} s`
    : `${(milliseconds / 60_000).toFixed(1)} min`;
}

/** Prints a table: the title heads the first column, figures are aligned right. */
export function print(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (index === 0 ? 'left' : 'right')),
    style: { head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  process.stdout.write(`${table.toString()}\n`);
}
