import { relative } from 'node:path';
import type { Cloud } from '../cloud.ts';
import { deciders } from '../story/people.ts';
import type { Place } from '../story/scene.ts';
import type { Screen } from './screen.ts';

/** What a person can go on with. */
export interface ByHand {
  /** An account to open. */
  readonly place: Place;
  /** File with the settings of the worker. */
  readonly settings: string;
  /** Address of the dashboard; undefined when it does not run. */
  readonly web: string | undefined;
  /** Id of a case that waits for a decision; undefined when none does. */
  readonly caseId: string | undefined;
}

/** Shows how to open something by hand, in lines that work as they are pasted, and where people decide about it. */
export function showByHand(screen: Screen, cloud: Cloud, { place, settings, web, caseId }: ByHand): void {
  const { azure } = cloud;
  const { chalk } = screen;
  const exportsOf = 'npm run --silent exports';
  screen.print(`\n${chalk.bold('It is your turn')}`);
  showPages(screen, cloud, web, caseId);
  screen.print(` Resource Manager  ${azure.armUrl}`);
  screen.print(` Admin API         ${azure.adminUrl}  (GET / lists its routes)`);
  screen.print(` App settings      ${relative(process.cwd(), settings)}`);
  screen.print(`\n Open an account with curl, from another shell in the project's folder:\n`);
  for (const line of curlLines(exportsOf, place.id)) {
    screen.print(chalk.cyan(line));
  }
  screen.print(`\n Or with the Azure CLI, once the first line above has run:\n`);
  for (const line of azLines(exportsOf, place)) {
    screen.print(chalk.cyan(line));
  }
  screen.print(`\n ${chalk.dim('Whatever happens is shown here. Ctrl-C ends it.')}\n`);
}

/** Where to look and decide, and who one can be there. */
function showPages(
  screen: Screen,
  { teams }: Cloud,
  web: string | undefined,
  caseId: string | undefined,
): void {
  const { chalk } = screen;
  screen.print(` Teams channel     ${teams.pageUrl}`);
  if (web !== undefined) {
    screen.print(` Dashboard         ${web}/`);
    screen.beside(
      '                   ',
      chalk.dim('Its certificate is the sandbox’s own: a browser warns of it, and may be told to go on.'),
    );
    screen.print(`\n On the sign-in page one picks who to be; nobody has a password:\n`);
    for (const { displayName, roles } of deciders) {
      screen.print(`   ${displayName.padEnd(23)} ${roles.join(', ')}`);
    }
    screen.print(`   ${'a contractor'.padEnd(23)} ${chalk.dim('no role, so nothing is shown')}`);
    screen.print(`\n Or decide from the command line as one of them:\n`);
    screen.print(chalk.cyan(`eval "$(npm run --silent exports -- .sandbox 'security on call')"`));
    screen.print(chalk.cyan(`npm run --silent leakstop -- cases`));
    screen.print(chalk.cyan(`npm run --silent leakstop -- approve ${caseId?.slice(0, 8) ?? '--help'}`));
    screen.print(`\n Each command has --help. As the auditor one gets everything that can be verified:\n`);
    screen.print(chalk.cyan(`eval "$(npm run --silent exports -- .sandbox auditor)"`));
    screen.print(chalk.cyan(`npm run --silent leakstop -- ledger fetch evidence`));
    screen.print('');
  }
}

/** The id is cut where lines end: inside double quotes a backslash before the end joins them again. */
function curlLines(exportsOf: string, id: string): readonly string[] {
  const [subscription = '', rest = ''] = id.split('/resourceGroups/');
  return [
    `eval "$(${exportsOf})"`,
    `curl -sS -o /dev/null -w '%{http_code}\\n' -X PATCH \\`,
    `  -H "authorization: Bearer $ARM_TOKEN" \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d '{"properties":{"allowBlobPublicAccess":true}}' \\`,
    `"$ARM_URL${subscription}/resourceGroups\\`,
    `/${rest}\\`,
    `?api-version=2023-05-01"`,
  ];
}

function azLines(exportsOf: string, { subscription, group, name }: Place): readonly string[] {
  return [
    `eval "$(${exportsOf} | sed -n 's/^# Then: //p')"`,
    `az storage account update --subscription ${subscription} \\`,
    `  -g ${group} -n ${name} --allow-blob-public-access true`,
  ];
}
