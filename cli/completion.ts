import { Command } from 'commander';

/** Names that the shell, or a person, calls completion by. */
export const completionCommands: readonly string[] = ['completion', 'complete'];

const help = `
Load it where your shell starts:
  bash        source <(leakstop completion bash)
  zsh         source <(leakstop completion zsh)
  fish        leakstop completion fish | source
  powershell  leakstop completion powershell | Out-String | Invoke-Expression`;

/** Stands in the help for what {@link addCompletion} adds when it is asked for: it is loaded for nothing else. */
export function completionStub(): Command {
  return new Command('completion')
    .summary('print the completion script of a shell')
    .description('Prints a script that completes commands and options in your shell.')
    .argument('<shell>', 'bash, zsh, fish or powershell')
    .addHelpText('after', help);
}

/** Adds `completion <shell>`, and the hidden `complete`, which the scripts call. */
export async function addCompletion(program: Command): Promise<void> {
  const { default: addTo } = await import('@bomb.sh/tab/commander');
  addTo(program, { completionCommandName: 'completion' });
  program.commands.find((command) => command.name() === 'completion')?.addHelpText('after', help);
}
