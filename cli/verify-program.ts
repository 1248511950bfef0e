import { CommanderError } from 'commander';
import { LedgerFormatError } from '../shared/ledger/format/json.ts';
import { commandOutput } from './command-output.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { fileFault } from './file-faults.ts';
import { ledgerVerify } from './ledger-verify.ts';
import { guarded } from './guarded-output.ts';
import type { Output, Streams } from './output.ts';
import { printable, shortened } from './printable.ts';

/**
 * Runs one command line of `leakstop-verify`, given without the program's name.
 * @returns the exit code; every failure is printed, none is thrown
 */
export async function runVerify(line: readonly string[], streams: Streams): Promise<number> {
  const output = guarded(streams, () => ({ isTerminal: true, isColoured: false }));
  let code: ExitCode = exitCodes.ok;
  const texts: Promise<void>[] = [];
  const program = ledgerVerify(output, (reached) => (code = reached))
    .name('leakstop-verify')
    .addHelpText('after', licences)
    .exitOverride()
    .configureOutput(commandOutput(output, texts));
  try {
    await program.parseAsync(line, { from: 'user' });
  } catch (error) {
    return failure(error, output);
  } finally {
    await Promise.all(texts);
  }
  return code;
}

const licences = `
Licences of what the program is made of beside Leakstop's own code: THIRD_PARTY_NOTICES.txt, and the last lines of
leakstop-verify.mjs.`;

function failure(error: unknown, output: Output): ExitCode {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  const message = error instanceof Error ? error.message : String(error);
  const told =
    error instanceof LedgerFormatError ? message : (fileFault(error) ?? `Cannot go on: ${message}`);
  output.tell(shortened(printable(told)));
  return exitCodes.failed;
}
