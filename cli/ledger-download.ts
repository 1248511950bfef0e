import { Command } from 'commander';
import { type ApiClient, apiHelp, apiPlace, withApi } from './api.ts';
import { chainsOf, type DownloadContext, downloadTo } from './download-chains.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { openTarget } from './export-target.ts';
import { chainNames } from './options.ts';
import { printableJson } from './printable.ts';

interface Options {
  readonly api?: string;
  readonly clientId?: string;
  readonly output?: string;
  readonly subscription?: readonly string[];
  readonly force?: true;
  readonly json?: true;
}

const help = `${apiHelp}
You need the role Leakstop.Auditor, and no right on the storage account. Who has those reads the tables with "leakstop ledger
export", which filters, goes on where it was interrupted, and goes on behind what cannot be read. What it takes to verify
the file comes with "leakstop ledger fetch".

The file is what "leakstop ledger verify" takes. A download that did not finish lacks its last line.

Example:
  leakstop ledger download -o ledger.ndjson && leakstop ledger verify ledger.ndjson`;

/** `leakstop ledger download`. */
export function ledgerDownload(context: DownloadContext, end: (code: ExitCode) => void): Command {
  return withApi(new Command('download'))
    .summary('write the ledger to a file, through the service')
    .description(
      'Downloads whole chains of the ledger page by page and writes them as one export file (NDJSON).',
    )
    .option('-o, --output <file>', 'where to; standard output when absent')
    .option('--subscription <id...>', "only these chains: a subscription's id, tenant or service", chainNames)
    .option('--force', 'overwrite the file')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', help)
    .action(async (options: Options, command: Command) => {
      if (options.json && options.output === undefined) {
        command.error('error: --json prints the summary to standard output, so the download needs --output');
      }
      const api = await context.openApi(apiPlace(options, context.environment, command), context.signal);
      end(await run(options, api, context));
    });
}

async function run(options: Options, api: ApiClient, context: DownloadContext): Promise<ExitCode> {
  const { output } = context;
  const chains = await chainsOf(options, api);
  const target = await openTarget({ ...options, format: 'ndjson' }, undefined, output);
  const entries = await downloadTo(target, chains, api, context);
  if (options.json) {
    await output.write(`${printableJson({ file: target.file, entries, chains: chains.length })}\n`);
  } else {
    output.tell(`Downloaded ${entries} entries${target.file === undefined ? '' : `, to "${target.file}"`}.`);
  }
  return exitCodes.ok;
}
