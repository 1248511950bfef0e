import Table from 'cli-table3';
import type { Screen } from './screen.ts';
import { visibleLength } from './screen.ts';

export interface Column {
  readonly head: string;
  readonly align?: 'right';
  /** Columns that it takes at most; what is longer is wrapped. */
  readonly most?: number;
}

/** A table with one line below its head and none elsewhere. */
export function plainTable(
  { chalk }: Screen,
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const sides = ['top', 'bottom'].flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`]);
  const lines = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'];
  const table = new Table({
    head: columns.map(({ head }) => chalk.bold(head)),
    colAligns: columns.map(({ align }) => align ?? ('left' as const)),
    colWidths: columns.map(({ most }) => most ?? null),
    chars: Object.fromEntries([...sides, ...lines].map((name) => [name, ''])),
    style: { head: [], border: [], compact: true },
    wordWrap: true,
  });
  table.push(...rows.map((row) => [...row]));
  const [head = '', ...body] = table.toString().split('\n');
  return [head, chalk.dim('─'.repeat(visibleLength(head))), ...body].join('\n');
}
