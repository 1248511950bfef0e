#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { catalogue } from '../remediators/index.ts';
import { systemClock } from '../shared/clock.ts';
import { RemediationError } from '../shared/errors.ts';
import { LedgerFormatError } from '../shared/ledger/format/json.ts';
import { redact } from '../shared/text/secrets.ts';
import { openAzure } from './azure.ts';
import { apiWith, tokenOfCaller } from './api.ts';
import { type AskPerson, terminalAsk } from './ask.ts';
import { cases, type CasesContext } from './cases.ts';
import { addCompletion, completionCommands, completionStub } from './completion.ts';
import { commandOutput } from './command-output.ts';
import { decide, type ServiceContext } from './decide.ts';
import { type ExitCode, exitCodeHelp, exitCodes } from './exit-codes.ts';
import { fileFault } from './file-faults.ts';
import { guarded } from './guarded-output.ts';
import { allow, stop } from './kill-switch.ts';
import { look } from './look.ts';
import { ledgerDownload } from './ledger-download.ts';
import { type ExportContext, ledgerExport } from './ledger-export.ts';
import { ledgerFetch } from './ledger-fetch.ts';
import { ledgerErase, type WriteContext } from './ledger-erase.ts';
import { ledgerRebuild } from './ledger-rebuild.ts';
import { ledgerResume } from './ledger-resume.ts';
import { ledgerVerify } from './ledger-verify.ts';
import { openLedgerRecords } from './open-records.ts';
import { policyCommand, type PolicyContext } from './policy.ts';
import type { Output, Streams } from './output.ts';
import { plan, type PlanContext } from './plan.ts';
import { PolicyRefusal } from './policy-refusal.ts';
import { loadPolicyFile } from './policy-source.ts';
import { printable, shortened } from './printable.ts';
import { OutputClosed, processOutput } from './process-output.ts';
import { terminalProgress } from './progress.ts';
import { scan, type ScanContext } from './scan.ts';
import { openScreen, type Screen, type Terminal } from './screen.ts';
import { openStorage } from './storage.ts';

/** The context of all commands together. */
type CommandContext = ExportContext &
  ServiceContext &
  WriteContext &
  PolicyContext &
  Omit<PlanContext & ScanContext & CasesContext, 'screen'> & { readonly screen: () => Screen };

/** The parts that the program gets from its process, or from a test. */
export type Context = Omit<CommandContext, 'output' | 'screen'> & {
  readonly output: Streams;
  readonly terminal: Terminal;
};

const introduction = `
Begin with:
  leakstop scan                              what is open in your subscriptions now
  leakstop plan --from main.snapshot.json    what a deployment would open
  leakstop cases                             what the service has found and not closed
  leakstop approve <case>                    let a change be made that waits for you
  leakstop <command> --help                  what a command needs, with examples`;

/**
 * Runs one command line, given without the program's name.
 * @returns the exit code; every failure is printed, none is thrown
 */
export async function runLeakstop(line: readonly string[], given: Context): Promise<number> {
  let code: number = exitCodes.ok;
  const end = (reached: ExitCode): void => {
    code = reached;
  };
  const texts: Promise<void>[] = [];
  const { terminal, environment, signal } = given;
  const program = new Command('leakstop');
  const screen = () =>
    openScreen(terminal, environment, program.opts<{ readonly color?: boolean }>().color ?? true);
  const output = guarded(given.output, () => ({ ...terminal, isColoured: screen().chalk.level > 0 }));
  try {
    addCommands(program, { ...given, output, ask: guardedAsk(given.ask), screen }, end);
    if (completionCommands.includes(line[0] ?? '')) {
      await addCompletion(program);
    } else {
      program.addCommand(completionStub());
    }
    for (const command of commandsBelow(program)) {
      command.exitOverride().configureOutput(commandOutput(output, texts));
    }
    await program.parseAsync(line, { from: 'user' });
    await Promise.all(texts);
  } catch (error) {
    await Promise.allSettled(texts);
    return failure(error, output, signal);
  }
  return code;
}

/** Keeps every question on one line, whatever texts it contains. */
function guardedAsk(ask: AskPerson): AskPerson {
  return ask && ((question, signal) => ask(printable(question), signal));
}

function addCommands(program: Command, context: CommandContext, end: (code: ExitCode) => void): void {
  const { output } = context;
  const ledger = new Command('ledger')
    .description('The ledger: what was seen, asked, decided and done.')
    .addCommand(ledgerExport(context, end))
    .addCommand(ledgerDownload(context, end))
    .addCommand(ledgerFetch(context, end))
    .addCommand(ledgerVerify(output, end, context.signal))
    .addCommand(ledgerErase(context))
    .addCommand(ledgerRebuild(context))
    .addCommand(ledgerResume(context));
  program
    .description('Keeps Azure in the state that stops intellectual property from leaking, and proves it.')
    .option('--no-color', 'no colours, on a terminal too (as NO_COLOR does; FORCE_COLOR wants them)')
    .addCommand(plan(context, end))
    .addCommand(scan(context, end))
    .addCommand(cases(context, end))
    .addCommand(decide('approve', context, end))
    .addCommand(decide('deny', context, end))
    .addCommand(decide('exempt', context, end))
    .addCommand(decide('undo', context, end))
    .addCommand(look(context, end))
    .addCommand(stop(context, end))
    .addCommand(allow(context, end))
    .addCommand(policyCommand(context, end))
    .addCommand(ledger)
    .addHelpText('after', introduction)
    .addHelpText('after', exitCodeHelp);
}

function commandsBelow(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(commandsBelow)];
}

/** Prints only the message of an error: a whole SDK error holds the request with its token. */
function failure(error: unknown, output: Output, signal: AbortSignal): number {
  if (error instanceof OutputClosed) {
    return exitCodes.ok;
  }
  if (signal.aborted && error === signal.reason) {
    output.tell('Interrupted.');
    return exitCodes.interrupted;
  }
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  if (error instanceof PolicyRefusal) {
    output.tell(...error.details, '');
  }
  output.tell(shortened(printable(messageOf(error))));
  return exitCodes.failed;
}

function messageOf(error: unknown): string {
  if (error instanceof RemediationError && error.code === 'identity-unavailable') {
    return `Cannot get a token for you: sign in, such as with "az login", or set AZURE_CLIENT_ID and its like (${error.message})`;
  }
  if (error instanceof RemediationError || error instanceof LedgerFormatError) {
    return error.message;
  }
  const fault = fileFault(error);
  if (fault !== undefined) {
    return fault;
  }
  const [line = ''] = error instanceof Error ? error.message.split('\n') : [];
  return `Cannot go on: ${redact(line)}`;
}

if (import.meta.main) {
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort(new Error('interrupted')));
  process.once('SIGTERM', () => interrupt.abort(new Error('interrupted')));
  // An error of standard input ends a reading that waits for more. Commands that do not read must not end by it.
  process.stdin.on('error', () => undefined);
  interrupt.signal.addEventListener('abort', () => process.stdin.destroy(interrupt.signal.reason as Error));
  process.exitCode = await runLeakstop(process.argv.slice(2), {
    output: processOutput(process.stdout, process.stderr),
    environment: process.env,
    clock: systemClock,
    signal: interrupt.signal,
    openStorage,
    openRecords: openLedgerRecords,
    openAzure,
    openApi: apiWith(tokenOfCaller, globalThis.fetch),
    ask: terminalAsk(process.stdin, process.stderr),
    loadPolicy: loadPolicyFile(systemClock),
    remediators: catalogue,
    stdin: process.stdin,
    terminal: { isTerminal: process.stdout.isTTY },
    progress: terminalProgress(process.stderr),
  });
}
