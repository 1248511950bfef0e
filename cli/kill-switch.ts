import { Command } from 'commander';
import { SwitchAnswer } from '../shared/api/schemas.ts';
import { apiHelp, apiPlace, withApi } from './api.ts';
import { isYes } from './ask.ts';
import type { ServiceContext } from './decide.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { printable, printableJson } from './printable.ts';

interface Options {
  readonly api?: string;
  readonly clientId?: string;
  readonly reason: string;
  readonly yes?: true;
  readonly json?: true;
}

const stopHelp = `${apiHelp}

It asks nothing, with --yes or without: stopping breaks nothing. You need the role Leakstop.Operator. It is read before each
write: what is being written is finished, and after that nothing is changed until somebody runs "leakstop allow".

Example:
  leakstop stop --reason "the storage team sees failing builds"`;

const allowHelp = `${apiHelp}

You need the role Leakstop.Operator. --yes asks nothing; where there is no terminal, nothing is done without it. What the
switch held is looked at again within seconds. Whoever stops changes at the same moment wins.

Example:
  leakstop allow --reason "the builds were mended"`;

/** `leakstop stop`: stops all changes. */
export function stop(context: ServiceContext, end: (code: ExitCode) => void): Command {
  return turning('stop')
    .summary('stop every change, at once')
    .description('Turns the kill switch: nothing is changed any more. Looking and recording go on.')
    .addHelpText('after', stopHelp)
    .action(async (options: Options, command: Command) => {
      await turn('stopped', options, context, command);
      end(exitCodes.ok);
    });
}

/** `leakstop allow`: allows changes again. */
export function allow(context: ServiceContext, end: (code: ExitCode) => void): Command {
  return turning('allow')
    .summary('allow changes again')
    .description('Turns the kill switch back: what was held is decided anew.')
    .addHelpText('after', allowHelp)
    .action(async (options: Options, command: Command) => {
      if (options.yes === undefined && context.ask === undefined) {
        command.error('error: nobody can be asked where there is no terminal: say --yes');
      }
      const isWanted =
        options.yes ?? isYes((await context.ask?.('Allow changes again? [y/N] ', context.signal)) ?? '');
      if (!isWanted) {
        context.output.tell('Nothing was turned.');
        end(exitCodes.failed);
        return;
      }
      await turn('allowed', options, context, command);
      end(exitCodes.ok);
    });
}

function turning(name: string): Command {
  return withApi(new Command(name))
    .requiredOption('--reason <text>', 'why, for the ledger')
    .option('--yes', 'ask nothing')
    .option('--json', 'print the state as JSON');
}

async function turn(
  changes: 'stopped' | 'allowed',
  options: Options,
  { environment, openApi, output, signal }: ServiceContext,
  command: Command,
): Promise<void> {
  const api = await openApi(apiPlace(options, environment, command), signal);
  const body = { changes, reason: options.reason };
  const state = await api.post('turn the kill switch', '/api/kill-switch', body, SwitchAnswer);
  const text = `Changes are ${state.changes}${state.reason === undefined ? '' : `: ${printable(state.reason)}`}\n`;
  await output.write(options.json === undefined ? text : `${printableJson(state)}\n`);
}
