import { Command, Option } from 'commander';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { type PolicyContext, type PolicyFile, readPolicyFile } from './policy-file.ts';
import { diagnosticsText, summaryText } from './policy-text.ts';

interface Options {
  readonly failOn: 'error' | 'warning';
  readonly json?: true;
}

const help = `
Needs no network and no login: only the file. Reads YAML or JSON. A document with an error never takes effect: the service
does not start with it, and one that runs keeps the last good one.

Errors are what cannot be taken: unknown keys and controls, values that do not fit, exemptions without an end. Warnings are
what may not be meant: rules that never decide, exemptions that have expired, drift that nobody will see.

For completion and help in an editor, begin the file with
  # yaml-language-server: $schema=<path to infra/generated/policy.schema.json>
An example that explains itself is infra/policy.example.yaml.

Examples:
  leakstop policy check policy.yaml
  leakstop policy check policy.yaml --fail-on warning        (in CI)
  git show HEAD:policy.yaml | leakstop policy check - --json

Exit codes:
  0  it can take effect (warnings may have been told)
  1  it has errors; with --fail-on warning, or warnings`;

/** `leakstop policy check`. */
export function policyCheck(context: PolicyContext, end: (code: ExitCode) => void): Command {
  return new Command('check')
    .summary('check a policy document offline')
    .description('Says everything that is wrong with a policy document, where, and what to do about it.')
    .argument('<file>', 'the document; "-" reads standard input')
    .addOption(
      new Option('--fail-on <severity>', 'end with 1 on errors only, or on warnings too')
        .choices(['error', 'warning'])
        .default('error'),
    )
    .option('--json', 'print the diagnostics as JSON')
    .addHelpText('after', help)
    .action(async (file: string, options: Options) => {
      const read = await readPolicyFile(file, context, context.clock.now());
      await context.output.write(options.json ? jsonText(read) : checkText(read));
      end(isAtFault(read, options) ? exitCodes.finding : exitCodes.ok);
    });
}

function isAtFault({ reading: { accepted, diagnostics } }: PolicyFile, { failOn }: Options): boolean {
  return accepted === undefined || (failOn === 'warning' && diagnostics.length > 0);
}

function checkText(read: PolicyFile): string {
  const text = diagnosticsText(read);
  return `${text}${text === '' ? '' : '\n'}${summaryText(read)}`;
}

function jsonText({ name, reading: { accepted, diagnostics } }: PolicyFile): string {
  const content = { file: name, valid: accepted !== undefined, policy: accepted?.policy.name, diagnostics };
  return `${JSON.stringify(content, null, 2)}\n`;
}
