import { stripVTControlCharacters } from 'node:util';
import { Chalk, type ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import type { Severity } from '../shared/contract/observation.ts';
import { printable } from './printable.ts';

/** The screen that a table is drawn for. */
export interface Screen {
  readonly chalk: ChalkInstance;
}

/** Properties of standard output. */
export interface Terminal {
  readonly isTerminal: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Colours on a terminal only; NO_COLOR and `--no-color` switch them off, FORCE_COLOR on. */
export function openScreen(terminal: Terminal, environment: Environment, wantsColour: boolean): Screen {
  return { chalk: new Chalk({ level: isColoured(terminal, environment, wantsColour) ? 1 : 0 }) };
}

function isColoured(
  { isTerminal }: Terminal,
  { NO_COLOR, FORCE_COLOR, TERM }: Environment,
  wantsColour: boolean,
): boolean {
  if (!wantsColour || (NO_COLOR ?? '') !== '') {
    return false;
  }
  if (FORCE_COLOR !== undefined) {
    return !['', '0', 'false'].includes(FORCE_COLOR);
  }
  return isTerminal && TERM !== 'dumb';
}

/** Text in a colour. The text is made printable before it gets the colour. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** Draws a table with one line below its head and no other lines. Nothing is wrapped. Every text is made printable. */
export function drawTable(
  screen: Screen,
  heads: readonly string[],
  rows: readonly (readonly (string | Cell)[])[],
): string {
  const names = ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((end) => side + end),
  );
  const table = new Table({
    head: heads.map((head) => screen.chalk.bold(head)),
    chars: Object.fromEntries([...names, 'middle'].map((name) => [name, name === 'middle' ? ' ' : ''])),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 1 },
  });
  table.push(...rows.map((row) => row.map(draw)));
  const [head = '', ...body] = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  const lengths = [head, ...body].map((line) => stripVTControlCharacters(line).length);
  return [head, screen.chalk.dim('─'.repeat(Math.max(...lengths))), ...body].join('\n');
}

function draw(cell: string | Cell): string {
  if (typeof cell === 'string') {
    return printable(cell);
  }
  const text = printable(cell.text);
  return cell.paint === undefined ? text : cell.paint(text);
}

/** A cell in the colour of its severity. */
export function severityCell({ chalk }: Screen, severity: Severity): Cell {
  const paints = { critical: chalk.red.bold, high: chalk.red, medium: chalk.yellow, low: chalk.dim };
  return { text: severity, paint: paints[severity] };
}
