import { Command } from 'commander';

/** Names by which the shell, or a person, calls completion. */
export const completionCommands: readonly string[] = ['completion', 'complete'];

const help = `
Load it where your shell starts:
  bash        source <(leakstop completion bash)
  zsh         source <(leakstop completion zsh)
  fish        leakstop completion fish | source
  powershell  leakstop completion powershell | Out-String | Invoke-Expression`;

/** Placeholder in the help for {@link addCompletion}, whose library is loaded only for completion itself. */
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

/** Corrects the library's script on its way to the console: the library offers no other access to it. */
function mendScript(): void {
  // eslint-disable-next-line no-restricted-globals
  const target = console;
  const print = target.log.bind(target);
  target.log = (text: unknown) => print(typeof text === 'string' ? quotedWords(text) : text);
}

/**
 * Quotes the typed words in the script for bash, which hands them to `eval` and would run commands inside them. Without the
 * package bash-completion, bash's own variables serve.
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
