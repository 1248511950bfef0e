import { Command } from 'commander';
import type { WriteContext } from './ledger-erase.ts';

interface Options {
  readonly tables: string;
  readonly blobs: string;
  readonly reason: string;
  readonly actor: string;
}

const help = `
Changes stop when the ledger contradicts its checkpoints. Find out why before you let them go on; what still contradicts
stops them again within 5 minutes. Your name and reason are kept in the container of the checkpoints for good.`;

/** `leakstop ledger resume`. */
export function ledgerResume({ output, openRecords, signal }: WriteContext): Command {
  return new Command('resume')
    .summary('let changes go on after a contradiction')
    .description('Lets changes go on that were stopped because the ledger contradicts its checkpoints.')
    .requiredOption('--tables <url>', 'table service of the storage account')
    .requiredOption('--blobs <url>', 'blob service of the storage account')
    .requiredOption('--reason <text>', 'what was found, and why changes may go on')
    .requiredOption('--actor <name>', 'who decides it')
    .addHelpText('after', help)
    .action(async ({ tables, blobs, reason, actor }: Options) => {
      const { halts } = await openRecords({ tables, blobs });
      // The command writes a single file: an interruption before the write changes nothing, and after it everything is done.
      if (signal.aborted) {
        throw new Error('interrupted: changes are as they were');
      }
      const number = await halts.resume(actor, reason);
      await output.write(
        number === undefined
          ? 'Changes are not stopped\n'
          : `Halt ${number} is over; changes go on within 30 s\n`,
      );
    });
}
