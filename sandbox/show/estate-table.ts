import type { PlannedSubscription } from '../estate/estate-plan.ts';
import type { OpenCase } from '../story/ledger-reader.ts';
import { shortName } from '../story/resource-names.ts';
import type { Screen } from './screen.ts';
import { plainTable } from './plain-table.ts';

/** Shows what there is, and what stood open before Leakstop watched. */
export function showEstate(
  screen: Screen,
  plan: readonly PlannedSubscription[],
  openCases: readonly OpenCase[],
): void {
  const { chalk } = screen;
  const rows: (string | number)[][] = [];
  for (const { id, displayName, accounts } of plan) {
    const cases = openCases.filter(({ chain }) => chain === id);
    const drifted = new Set(cases.map(({ resource }) => shortName(resource).split('/')[0]));
    rows.push([
      displayName,
      accounts.length,
      accounts.reduce((sum, { containers }) => sum + Object.keys(containers).length, 0),
      accounts.filter(({ name }) => !drifted.has(name)).length,
      cases.length,
      cases.filter(({ state }) => state === 'held').length,
      cases.filter(({ state }) => state === 'awaiting-decision').length,
    ]);
  }
  screen.print(`\n${chalk.bold('The estate at the baseline')}`);
  screen.print(
    plainTable(
      screen,
      [
        { head: 'Subscription' },
        ...['Accounts', 'Containers', 'In sync', 'Open', 'Held', 'To decide'].map((head) => ({
          head,
          align: 'right' as const,
        })),
      ],
      rows,
    ),
  );
  screen.beside(
    '',
    chalk.dim(
      `${openCases.length} drifts stood open before Leakstop watched. Each is a case in the ledger: held, or put before a person. None is changed without a decision. What opens from now on is witnessed.`,
    ),
  );
}
