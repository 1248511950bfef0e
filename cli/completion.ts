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
  const command = program.commands.find((each) => each.name() === 'completion');
  command?.addHelpText('after', help).hook('preAction', mendScript);
}

/** The library prints its script to the console, and nowhere else can it be mended. */
function mendScript(): void {
  // eslint-disable-next-line no-restricted-globals
  const target = console;
  const print = target.log.bind(target);
  target.log = (text: unknown) => print(typeof text === 'string' ? quotedWords(text) : text);
}

/**
 * The script for bash hands the words that were typed to `eval`, which would run what stands in them: they are quoted first.
 * Where the package bash-completion is not there, bash's own variables serve.
 */
export function quotedWords(script: string): string {
  return script
    .replace(
      'requestComp="leakstop complete -- ${words[@]:1}"',
      () => `requestComp="leakstop complete --$(printf ' %q' "\${words[@]:1}")"`,
    )
    .replace(/( *)(_get_comp_words_by_ref -n "=:" cur prev words cword)/, (_, space: string, call: string) =>
      [
        'if declare -F _get_comp_words_by_ref >/dev/null; then',
        `    ${call}`,
        'else',
        '    words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${COMP_WORDS[COMP_CWORD]}',
        'fi',
      ]
        .map((line) => `${space}${line}`)
        .join('\n'),
    );
}
