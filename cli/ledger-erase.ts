import { Command, InvalidArgumentError } from 'commander';
import type { Clock } from '../shared/clock.ts';
import { eraseBodies, shortestRetentionInDays } from '../shared/ledger/erase-body.ts';
import type { OpenLedgerRecords } from './open-records.ts';
import { type Interruptible, untilSafeEnd } from './safe-end.ts';

/** The parts of the process that commands which write need. */
export interface WriteContext extends Interruptible {
  readonly clock: Clock;
  readonly openRecords: OpenLedgerRecords;
}

interface Options {
  readonly tables: string;
  readonly blobs: string;
  readonly chain: string;
  readonly sequence: readonly number[];
  readonly retentionDays: number;
  readonly reason: string;
  readonly authority: string;
}

const help = `
The chain gets an entry that says which bodies, why and on whose authority; then the bodies go. Headers stay, so that the
chain verifies. Interrupted, it ends between two bodies and says what was done. Run it again then: nothing is recorded twice.

Refused: bodies that are younger than the retention, that belong to an open case, that record an erasure, or that the
table needs. Segments in the container of the checkpoints keep the body until their immutability policy lets them go.

You need "Storage Table Data Contributor" on the table "ledger" and "Storage Blob Data Contributor" on the container
"ledger-bodies"; hold them for no longer than this takes.`;

/** `leakstop ledger erase`. */
export function ledgerErase(context: WriteContext): Command {
  const { output, clock, openRecords, signal } = context;
  return new Command('erase')
    .summary('erase bodies past their retention, on the record')
    .description('Takes the bodies of entries away, after an entry that says so.')
    .requiredOption('--tables <url>', 'table service of the storage account')
    .requiredOption('--blobs <url>', 'blob service of the storage account')
    .requiredOption('--chain <name>', "a subscription's id, tenant or service")
    .requiredOption('--sequence <number...>', 'which entries', collectNumbers)
    .requiredOption(
      '--retention-days <number>',
      'how long a body has to be kept, 30 days at least',
      toRetention,
    )
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--authority <text>', 'who asks for it, and may')
    .addHelpText('after', help)
    .action(async ({ tables, blobs, retentionDays, sequence, chain, reason, authority }: Options) => {
      const { evidence, ledger } = await openRecords({ tables, blobs });
      const request = {
        chain: chain.toLowerCase(),
        sequences: sequence,
        reason,
        authority,
        retentionInDays: retentionDays,
      };
      const { erased, records } = await untilSafeEnd(context, () =>
        eraseBodies({ ...evidence, ledger, clock, signal }, request),
      );
      await output.write(`${erased} bodies erased; recorded in entry ${records.join(', ')}\n`);
    });
}

function toNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidArgumentError('expected a number');
  }
  return Number(text);
}

function toRetention(text: string): number {
  const days = toNumber(text);
  if (days < shortestRetentionInDays) {
    throw new InvalidArgumentError(`expected ${shortestRetentionInDays} days or more`);
  }
  return days;
}

function collectNumbers(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, toNumber(text)];
}
