import { CommanderError } from 'commander';
import { LedgerFormatError } from '../shared/ledger/format/json.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { fileFault } from './file-faults.ts';
import { ledgerVerify } from './ledger-verify.ts';
import type { Output } from './output.ts';

/**
 * Runs one command line of `leakstop-verify`, without the program's name.
 * @returns the exit code; every failure is told, none is thrown
 */
export async function runVerify(line: readonly string[], output: Output): Promise<number> {
  let code: ExitCode = exitCodes.ok;
  const texts: Promise<void>[] = [];
  const program = ledgerVerify(output, (reached) => (code = reached))
    .name('leakstop-verify')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => texts.push(output.write(text)),
      writeErr: (text) => output.tell(text.trimEnd()),
    });
  try {
    await program.parseAsync(line, { from: 'user' });
  } catch (error) {
    return failure(error, output);
  } finally {
    await Promise.all(texts);
  }
  return code;
}

function failure(error: unknown, output: Output): ExitCode {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  const message = error instanceof Error ? error.message : String(error);
  output.tell(
    error instanceof LedgerFormatError ? message : (fileFault(error) ?? `Cannot go on: ${message}`),
  );
  return exitCodes.failed;
}
