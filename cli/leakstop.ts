#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { systemClock } from '../shared/clock.ts';
import { RemediationError } from '../shared/errors.ts';
import { LedgerFormatError } from '../shared/ledger/format/json.ts';
import { redact } from '../shared/telemetry/secrets.ts';
import { type ExitCode, exitCodeHelp, exitCodes } from './exit-codes.ts';
import { fileFault } from './file-faults.ts';
import { type ExportContext, ledgerExport } from './ledger-export.ts';
import { ledgerErase, type WriteContext } from './ledger-erase.ts';
import { ledgerRebuild } from './ledger-rebuild.ts';
import { ledgerResume } from './ledger-resume.ts';
import { ledgerVerify } from './ledger-verify.ts';
import { openLedgerRecords } from './open-records.ts';
import type { Output } from './output.ts';
import { processOutput } from './process-output.ts';
import { terminalProgress } from './progress.ts';
import { openStorage } from './storage.ts';

/** What the program is given by the process it runs in, or by a test. */
export type Context = Omit<ExportContext, 'output'> & WriteContext & { readonly output: Output };

/**
 * Runs one command line, without the program's name.
 * @returns the exit code; every failure is told, none is thrown
 */
export async function runLeakstop(line: readonly string[], context: Context): Promise<number> {
  let code: number = exitCodes.ok;
  const { output } = context;
  const end = (reached: ExitCode): void => {
    code = reached;
  };
  const ledger = new Command('ledger')
    .description('The ledger: what was seen, asked, decided and done.')
    .addCommand(ledgerExport(context, end))
    .addCommand(ledgerVerify(output, end, context.signal))
    .addCommand(ledgerErase(context))
    .addCommand(ledgerRebuild(context))
    .addCommand(ledgerResume(context));
  const program = new Command('leakstop')
    .description('Keeps Azure in the state that stops intellectual property from leaking, and proves it.')
    .addCommand(ledger)
    .addHelpText('after', exitCodeHelp);
  const texts: Promise<void>[] = [];
  for (const command of [program, ledger, ...ledger.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => texts.push(output.write(text)),
      writeErr: (text) => output.tell(text.trimEnd()),
    });
  }
  try {
    await program.parseAsync(line, { from: 'user' });
  } catch (error) {
    return failure(error, output);
  } finally {
    await Promise.all(texts);
  }
  return code;
}

/** Only messages are printed: an SDK's error, printed whole, holds the request with its token. */
function failure(error: unknown, output: Output): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  output.tell(messageOf(error));
  return exitCodes.failed;
}

function messageOf(error: unknown): string {
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
  process.exitCode = await runLeakstop(process.argv.slice(2), {
    output: processOutput(process.stdout, process.stderr),
    environment: process.env,
    clock: systemClock,
    signal: interrupt.signal,
    openStorage,
    openRecords: openLedgerRecords,
    progress: terminalProgress(process.stderr),
  });
}
