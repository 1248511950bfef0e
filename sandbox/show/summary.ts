import { callsSince, shortcomings } from '../story/judge.ts';
import type { SceneResult } from '../story/play.ts';
import type { Totals } from '../story/totals.ts';
import { seconds } from './durations.ts';
import { plain } from '../plain.ts';
import { plainTable } from './plain-table.ts';
import type { Screen } from './screen.ts';

/** Shows how each scene went, what it all came to, and everything that is not as it should be. */
export function showSummary(
  screen: Screen,
  results: readonly SceneResult[],
  totals: Totals,
  problems: readonly string[],
): void {
  const { chalk } = screen;
  screen.print(`\n${chalk.bold('Summary')}`);
  screen.print(sceneTable(screen, results));
  screen.beside(
    '',
    chalk.dim(
      'Times count from the moment in which Azure accepted the write: "shut" until the resource was right again in Azure, "closed" until it was read again and the case closed in the ledger. A read takes 100 ms and a write 300 ms here; refused calls count.',
    ),
  );
  screen.print();
  for (const [lead, text] of totalLines(totals, results)) {
    screen.beside(` ${lead.padEnd(8)}  `, text);
  }
  screen.print();
  if (problems.length === 0) {
    screen.beside(
      '',
      chalk.green('Everything that should be closed is closed. Nothing poisoned, nothing dead-lettered.'),
    );
    return;
  }
  screen.beside('', chalk.red(`Not as it should be (${problems.length}):`));
  problems.forEach((problem) => screen.beside(chalk.red(' - '), plain(problem)));
}

function sceneTable(screen: Screen, results: readonly SceneResult[]): string {
  const rows: (string | number)[][] = [];
  for (const result of results) {
    const { reads, writes } = callsSince(result.evidence);
    rows.push([
      result.scene.title,
      outcomeOf(screen, result),
      reads,
      writes,
      result.shutMs === undefined ? '-' : seconds(result.shutMs),
      result.closedMs === undefined ? '-' : seconds(result.closedMs),
    ]);
  }
  return plainTable(
    screen,
    [
      { head: 'Scenario' },
      // What stands beside it takes 60 columns.
      { head: 'Outcome', most: Math.min(31, screen.width - 60) },
      ...['Reads', 'Writes', 'Shut', 'Closed'].map((head) => ({ head, align: 'right' as const })),
    ],
    rows,
  );
}

function outcomeOf({ chalk }: Screen, { evidence, scene }: SceneResult): string {
  if (shortcomings(evidence).length > 0) {
    return chalk.red('not as expected');
  }
  const cases = evidence.book.about(evidence.root).filter(({ openedAt }) => openedAt !== undefined);
  const count = (state: string) => cases.filter((known) => known.state === state).length;
  if (scene.expects.isLeftAlone === true) {
    return 'left alone';
  }
  const parts = [
    ...(count('closed') > 0 ? [chalk.green(`${count('closed')} closed`)] : []),
    ...(count('awaiting-decision') > 0 ? [chalk.yellow(`${count('awaiting-decision')} to decide`)] : []),
    ...(count('held') > 0 ? [chalk.yellow(`${count('held')} held`)] : []),
  ];
  return parts.join(', ');
}

function totalLines(totals: Totals, results: readonly SceneResult[]): readonly (readonly [string, string])[] {
  const { opened, closed, awaiting, held, entries, delivered, repeats, deadLettered, poisoned } = totals;
  return [
    [
      'cases',
      `${opened} opened and ${closed} closed in the story; ${awaiting} await a decision, ${held} are held, old ones included`,
    ],
    ['time', `median ${medianOf(results)} from write to closed case`],
    ['ledger', `${entries} entries`],
    [
      'events',
      `${delivered} delivered, ${repeats} of them repeats; ${deadLettered} dead-lettered, ${poisoned} poisoned`,
    ],
  ];
}

function medianOf(results: readonly SceneResult[]): string {
  const times = results.flatMap(({ closedMs }) => (closedMs === undefined ? [] : [closedMs]));
  const middle = times.sort((one, other) => one - other)[Math.floor(times.length / 2)];
  return middle === undefined ? '-' : seconds(middle);
}
