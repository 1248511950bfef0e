import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { type Clock, timestamp } from '../shared/clock.ts';
import { listChains } from '../shared/ledger/checkpoints/chains.ts';
import { csvColumns, exportCsv, mostRows } from '../shared/ledger/export/export-csv.ts';
import {
  type ExportJob,
  exportNdjson,
  type ExportSummary,
  newManifest,
} from '../shared/ledger/export/export-ndjson.ts';
import type { ExportFinding } from '../shared/ledger/export/findings.ts';
import { type LedgerStore, readEnds } from '../shared/ledger/export/read-entries.ts';
import { type InterruptedExport, readInterrupted } from '../shared/ledger/export/resume.ts';
import { LedgerFormatError } from '../shared/ledger/format/json.ts';
import type { Filter, Manifest } from '../shared/ledger/format/segment.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { findingText } from './export-findings.ts';
import { openTarget, type Target } from './export-target.ts';
import { chainNames, httpsEndpoint, time } from './options.ts';
import type { Output } from './output.ts';
import type { StartProgress } from './progress.ts';
import type { OpenStorage } from './storage.ts';

/** The parts of the process that the command needs. */
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
Reads with your own login (Azure CLI, environment or managed identity); you need "Storage Table Data Reader" on
the table "ledger" and "Storage Blob Data Reader" on the container "ledger-bodies".

NDJSON is lossless and is what "leakstop ledger verify" takes. Entries that a filter leaves out are there as headers, so
that the file can be verified; only their bodies are not. An interrupted export lacks its last line; go on with --resume.

What is wrong with the table is said, and the rest is exported. But then the file lacks its last line, so that nobody takes
it for whole; going on with it does not help.

CSV is for reading, goes to a file only, and cannot be verified. It holds the entries asked for, every record of an erasure,
and with --control entries whose body is gone, since nobody can tell what they were about. What cannot be seen in a cell is
replaced, and what a spreadsheet would run has an apostrophe before it. Columns:
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
    .option('-o, --output <file>', 'where to; standard output when absent (NDJSON only)')
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

function checkUsage(options: Options, command: Command): void {
  const { resume, output, format, since, until, subscription, control, case: name, json } = options;
  const rules = [output, since, until, subscription, control, name];
  if (resume !== undefined && (format === 'csv' || rules.some((rule) => rule !== undefined))) {
    command.error('error: --resume goes on with the file and filter of the export as it was begun');
  }
  if (since !== undefined && until !== undefined && since >= until) {
    command.error(`error: --since ${since} is not before --until ${until}, so there is nothing between them`);
  }
  if (format === 'csv' && output === undefined) {
    command.error('error: a CSV on standard output would look whole when it is not: say --output');
  }
  if (json && output === undefined && resume === undefined) {
    command.error('error: --json prints the summary to standard output, so the export needs --output');
  }
}

async function run(options: Options, context: ExportContext, command: Command): Promise<ExitCode> {
  const store = await context.openStorage(endpoints(options, context, command));
  const findings: ExportFinding[] = [];
  const onFinding = (finding: ExportFinding): void => {
    findings.push(finding);
    if (findings.length <= mostTold) {
      context.output.tell(findingText(finding));
    }
  };
  const before =
    options.resume === undefined ? undefined : await readInterrupted(await fileSource(options.resume));
  const manifest = before?.manifest ?? (await manifestOf(options, store, context.clock, onFinding));
  const ends = await readEnds(
    store.table,
    manifest.chains.map(({ chain }) => chain),
  );
  const target = await openTarget(options, before?.length, context.output);
  let summary: ExportSummary;
  try {
    summary = await write({ store, manifest, ends, onFinding }, target, options, context, before);
  } catch (error) {
    await target.abandon();
    const isResumable = options.format === 'ndjson' && findings.every(({ kind }) => kind === 'not-a-chain');
    context.output.tell(incomplete(target, isResumable));
    if (context.signal.aborted) {
      return exitCodes.failed;
    }
    throw error;
  }
  return report(options, summary, findings, target, context.output);
}

/** Most findings that are printed one by one. */
const mostTold = 50;

async function write(
  part: Pick<ExportJob, 'store' | 'manifest' | 'ends' | 'onFinding'>,
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
    await (summary.isWhole ? target.finish() : target.abandon());
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
  return { tables: httpsEndpoint(tables, command), blobs: httpsEndpoint(blobs, command) };
}

async function manifestOf(
  options: Options,
  { table }: LedgerStore,
  clock: Clock,
  onFinding: (finding: ExportFinding) => void,
): Promise<Manifest> {
  const { since, until, control, case: name } = options;
  const filter: Filter = {
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(control !== undefined && { control }),
    ...(name !== undefined && { case: name }),
  };
  const there = await listChains(table, [], (chain) => onFinding({ kind: 'not-a-chain', chain }));
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
  findings: readonly ExportFinding[],
  target: Target,
  output: Output,
): Promise<ExitCode> {
  const { file } = target;
  if (findings.length > mostTold) {
    output.tell(`${findings.length - mostTold} more findings like these.`);
  }
  if (!summary.isWhole) {
    output.tell(incomplete(target, false));
  }
  if (options.format === 'csv' && summary.entries >= mostRows) {
    output.tell(
      `The table has ${summary.entries + 1} rows, and a sheet of Excel holds ${mostRows}: export parts of it.`,
    );
  }
  if (options.json) {
    await output.write(`${JSON.stringify({ file, ...summary, findings })}\n`);
  } else {
    output.tell(
      `Exported ${summary.entries} entries, ${summary.bodies} with their body${file === undefined ? '' : `, to "${file}"`}.`,
    );
  }
  return findings.length > 0 ? exitCodes.finding : exitCodes.ok;
}

function incomplete({ file }: Target, isResumable: boolean): string {
  if (file === undefined) {
    return 'The export is NOT complete.';
  }
  const advice = isResumable ? ` Go on with: leakstop ledger export --resume "${file}"` : '';
  return `The export in "${file}" is NOT complete.${advice}`;
}
