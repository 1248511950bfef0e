import { Command } from 'commander';
import { LookAnswer } from '../shared/api/schemas.ts';
import { apiHelp, apiPlace, withApi } from './api.ts';
import type { ServiceContext } from './decide.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { printable, printableJson, quoted } from './printable.ts';

interface Options {
  readonly api?: string;
  readonly clientId?: string;
  readonly json?: true;
}

const help = `${apiHelp}

You need the role Leakstop.Approver, Leakstop.RiskOwner or Leakstop.Operator. Nothing is decided by it: what was refused or
is held on the resource is tried again, and closed if nothing stands in the way any more. See what came of it with
"leakstop cases show <case>".

Example:
  leakstop look /subscriptions/<id>/resourceGroups/rg-models/providers/Microsoft.Storage/storageAccounts/weights`;

/** `leakstop look`: makes the service look at a resource at once. */
export function look(context: ServiceContext, end: (code: ExitCode) => void): Command {
  return withApi(new Command('look'))
    .summary('have a resource looked at now')
    .description('Asks the service to look at a resource at once, such as when a lock was removed.')
    .argument('<resource>', 'id of a guarded resource, or of a part of one')
    .option('--json', 'print the answer as JSON')
    .addHelpText('after', help)
    .action(async (resource: string, options: Options, command: Command) => {
      const { environment, openApi, output, signal } = context;
      if (!resource.startsWith('/')) {
        command.error(
          `error: ${quoted(resource)} given, expected the id of a resource, /subscriptions/...; "leakstop cases show <case>" prints it`,
        );
      }
      const api = await openApi(apiPlace(options, environment, command), signal);
      const answer = await api.post('ask for a look', '/api/looks', { resource }, LookAnswer);
      const text = `The service looks at "${printable(answer.root)}" now.\n`;
      await output.write(options.json === undefined ? text : `${printableJson(answer)}\n`);
      end(exitCodes.ok);
    });
}
