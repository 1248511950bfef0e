import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import type { Cloud } from '../cloud.ts';
import type { Place } from '../story/scene.ts';
import type { Screen } from './screen.ts';

/** Shows how to open something by hand: lines that work as they are pasted. */
export function showByHand(screen: Screen, { azure }: Cloud, place: Place, settings: string): void {
  const { chalk } = screen;
  const exportsOf = `${nodeHere()} sandbox/exports.ts`;
  screen.print(`\n${chalk.bold('It is your turn')}`);
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

/** A Node that can run the sandbox: what a shell calls `node` may be too old. */
function nodeHere(): string {
  const installed = 'node_modules/.bin/node';
  return existsSync(installed) ? installed : process.execPath;
}
