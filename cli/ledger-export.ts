import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Clock, timestamp } from '../shared/clock.ts';
import { csvColumns, exportCsv } from '../shared/ledger/export/export-csv.ts';
import {
  type ExportJob,
  exportNdjson,
  type ExportSummary,
  newManifest,
} from '../shared/ledger/export/export-ndjson.ts';
import { type LedgerStore, listChains, readEnds } from '../shared/ledger/export/read-entries.ts';
import { type InterruptedExport, readInterrupted } from '../shared/ledger/export/resume.ts';
import { chainPattern } from '../shared/ledger/format/keys.ts';
import { LedgerFormatError } from '../shared/ledger/format/json.ts';
import type { Filter, Manifest } from '../shared/ledger/format/segment.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { openTarget, type Target } from './export-target.ts';
import { time } from './options.ts';
import type { Output } from './output.ts';
import type { StartProgress } from './progress.ts';
import type { OpenStorage } from './storage.ts';

/** What the command needs of the process. */
export interface ExportContext {
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  readonly openStorage: OpenStorage;
  readonly progress: StartProgress;
}

interface Options extends Filter {
  readonly output?: string;
  readonly resume?: string;
  readonly format: 'ndjson' | 'csv';
  readonly subscription?: readonly string[];
  readonly tables?: string;
  readonly blobs?: string;
  readonly force?: true;
  readonly json?: true;
}

const help = `
Reads with your own login (Azure CLI, environment or managed identity); you need "Storage Table Data Reader" and
"Storage Blob Data Reader" on the account.

NDJSON is lossless and is what "leakstop ledger verify" takes. Entries that a filter leaves out are there as headers, so
that the file can be verified; only their bodies are not. An interrupted export lacks its last line; go on with --resume.

CSV is for reading, holds only the entries asked for, and cannot be verified. Columns:
${Object.entries(csvColumns)
  .map(([name, text]) => `  ${name.padEnd(9)} ${text}`)
  .join('\n')}

Examples:
  leakstop ledger export -o ledger.ndjson
  leakstop ledger export -o march.ndjson --since 2026-03-01 --until 2026-04-01
  leakstop ledger export -o case.csv --format csv --case 5b2c...
  leakstop ledger export --resume ledger.ndjson`;

/** `leakstop ledger export`. */
export function ledgerExport(context: ExportContext, end: (code: ExitCode) => void): Command {
  return new Command('export')
    .summary('write the ledger to a file')
    .description('Writes the ledger, or a part of it, to a file or to standard output.')
    .option('-o, --output <file>', 'where to; standard output when absent')
    .option('--resume <file>', 'go on with an interrupted NDJSON export, with its own filter')
    .addOption(new Option('--format <format>', 'what to write').choices(['ndjson', 'csv']).default('ndjson'))
    .option('--since <time>', 'entries at or after, such as 2026-03-01 or 2026-03-01T12:00:00Z', time)
    .option('--until <time>', 'entries before', time)
    .option('--subscription <id...>', "only these chains: a subscription's id, tenant or service", chainNames)
    .option('--control <id>', 'entries of one control')
    .option('--case <id>', 'entries of one case')
    .addOption(
      new Option('--tables <url>', 'table endpoint of the storage account').env(
        'LeakstopStorage__tableServiceUri',
      ),
    )
    .addOption(
      new Option('--blobs <url>', 'blob endpoint of the storage account').env(
        'LeakstopStorage__blobServiceUri',
      ),
    )
    .option('--force', 'overwrite the file')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', help)
    .action(async (options: Options, command: Command) => {
      checkUsage(options, command);
      end(await run(options, context, command));
    });
}

function chainNames(text: string, before: readonly string[] = []): string[] {
  const name = text.toLowerCase();
  if (!chainPattern.test(name)) {
    throw new InvalidArgumentError('Expected the id of a subscription, tenant or service.');
  }
  return [...before, name];
}

function checkUsage(options: Options, command: Command): void {
  const { resume, output, format, since, until, subscription, control, case: name, json } = options;
  const rules = [output, since, until, subscription, control, name];
  if (resume !== undefined && (format === 'csv' || rules.some((rule) => rule !== undefined))) {
    command.error('error: --resume goes on with the file and filter of the export as it was begun');
  }
  if (json && output === undefined && resume === undefined) {
    command.error('error: --json prints the summary to standard output, so the export needs --output');
  }
}

async function run(options: Options, context: ExportContext, command: Command): Promise<ExitCode> {
  const store = await context.openStorage(endpoints(options, context, command));
  const before =
    options.resume === undefined ? undefined : await readInterrupted(await fileSource(options.resume));
  const manifest = before?.manifest ?? (await manifestOf(options, store, context.clock));
  const ends = await readEnds(
    store.table,
    manifest.chains.map(({ chain }) => chain),
  );
  const target = await openTarget(options, before?.length, context.output);
  let summary: ExportSummary;
  try {
    summary = await write({ store, manifest, ends }, target, options, context, before);
  } catch (error) {
    await target.abandon();
    context.output.tell(incomplete(options, target, before));
    if (context.signal.aborted) {
      return exitCodes.failed;
    }
    throw error;
  }
  return report(options, summary, target, context.output);
}

async function write(
  part: Pick<ExportJob, 'store' | 'manifest' | 'ends'>,
  target: Target,
  options: Options,
  { progress, signal }: ExportContext,
  before: InterruptedExport | undefined,
): Promise<ExportSummary> {
  const total = part.ends.reduce((sum, { sequence }) => sum + sequence, 0);
  const shown = target.file === undefined ? undefined : progress(total, before?.entries ?? 0);
  const job = { ...part, signal, write: target.write, onEntry: () => shown?.advance() };
  try {
    const summary = options.format === 'csv' ? await exportCsv(job) : await exportNdjson(job, before);
    await target.finish();
    return summary;
  } finally {
    shown?.stop();
  }
}

function endpoints(options: Options, { environment }: ExportContext, command: Command) {
  const tables = options.tables ?? environment.LeakstopStorage__tableServiceUri;
  const blobs = options.blobs ?? environment.LeakstopStorage__blobServiceUri;
  if (tables === undefined || blobs === undefined) {
    return command.error(
      'error: say where the ledger is: --tables and --blobs, or LeakstopStorage__tableServiceUri and LeakstopStorage__blobServiceUri',
    );
  }
  for (const url of [tables, blobs]) {
    if (!/^https:\/\/[^\s?#]+$/.test(url)) {
      command.error(`error: "${url.split('?')[0] ?? ''}" is not an https endpoint`);
    }
  }
  return { tables: tables.replace(/\/+$/, ''), blobs: blobs.replace(/\/+$/, '') };
}

async function manifestOf(options: Options, { table }: LedgerStore, clock: Clock): Promise<Manifest> {
  const { since, until, control, case: name } = options;
  const filter: Filter = {
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(control !== undefined && { control }),
    ...(name !== undefined && { case: name }),
  };
  const there = await listChains(table);
  const chains = options.subscription ?? there;
  const unknown = chains.find((chain) => !there.includes(chain));
  if (unknown !== undefined || there.length === 0) {
    const why =
      unknown === undefined ? 'the ledger is empty' : `there is no chain "${unknown}" in the ledger`;
    throw new LedgerFormatError(`Cannot export: ${why}`);
  }
  return newManifest(
    [...new Set(chains)],
    Object.keys(filter).length > 0 ? filter : undefined,
    timestamp(clock),
  );
}

async function fileSource(path: string) {
  const { size } = await stat(path);
  return { name: path, size, open: (start = 0) => createReadStream(path, { start }) };
}

async function report(
  options: Options,
  summary: ExportSummary,
  { file }: Target,
  output: Output,
): Promise<ExitCode> {
  for (const { chain, to, head } of summary.short) {
    output.tell(
      `Chain "${chain}" ends with entry ${to}, and its head knows entry ${head}: entries are missing in the table.`,
    );
  }
  if (options.json) {
    await output.write(`${JSON.stringify({ file, ...summary })}\n`);
  } else {
    output.tell(
      `Exported ${summary.entries} entries, ${summary.bodies} with their body${file === undefined ? '' : `, to "${file}"`}.`,
    );
  }
  return summary.short.length > 0 ? exitCodes.finding : exitCodes.ok;
}

function incomplete(options: Options, { file }: Target, before: InterruptedExport | undefined): string {
  if (file === undefined) {
    return 'The export is NOT complete.';
  }
  const isResumable = options.format === 'ndjson' || before !== undefined;
  const advice = isResumable ? ` Go on with: leakstop ledger export --resume "${file}"` : '';
  return `The export in "${file}" is NOT complete.${advice}`;
}
