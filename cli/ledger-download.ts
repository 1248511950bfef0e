import { Command } from 'commander';
import { type Clock, timestamp } from '../shared/clock.ts';
import { ChainsAnswer, mostEntries } from '../shared/api/schemas.ts';
import { RemediationError } from '../shared/errors.ts';
import { newManifest } from '../shared/ledger/export/export-ndjson.ts';
import { FileComposer } from '../shared/ledger/format/compose.ts';
import { parseLine } from '../shared/ledger/format/segment.ts';
import { type ApiClient, apiHelp, apiPlace, withApi } from './api.ts';
import type { ServiceContext } from './decide.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { openTarget, type Target } from './export-target.ts';
import { chainNames } from './options.ts';
import { printableJson } from './printable.ts';
import type { StartProgress } from './progress.ts';

/** What the command needs of the process. */
export interface DownloadContext extends ServiceContext {
  readonly clock: Clock;
  readonly progress: StartProgress;
}

interface Options {
  readonly api?: string;
  readonly clientId?: string;
  readonly output?: string;
  readonly subscription?: readonly string[];
  readonly force?: true;
  readonly json?: true;
}

const help = `${apiHelp}
You need any role of Leakstop, and none on the storage account. Who has those reads the tables with "leakstop ledger export",
which filters, goes on where it was interrupted, and goes on behind what cannot be read.

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
  const composer = new FileComposer(
    newManifest(
      chains.map(({ chain }) => chain),
      undefined,
      timestamp(context.clock),
    ),
  );
  const total = chains.reduce((sum, { end }) => sum + end, 0);
  const shown = target.file === undefined ? undefined : context.progress(total, 0);
  try {
    await target.write(composer.first());
    for (const { chain } of chains) {
      await download(chain, api, {
        composer,
        target,
        signal: context.signal,
        onEntry: () => shown?.advance(),
      });
    }
    await target.write(composer.last());
    await target.finish();
  } catch (error) {
    await target.abandon();
    output.tell(`The download${target.file === undefined ? '' : ` in "${target.file}"`} is NOT complete.`);
    throw error;
  } finally {
    shown?.stop();
  }
  const entries = composer.ends().reduce((sum, each) => sum + each.entries, 0);
  if (options.json) {
    await output.write(`${printableJson({ file: target.file, entries, chains: chains.length })}\n`);
  } else {
    output.tell(`Downloaded ${entries} entries${target.file === undefined ? '' : `, to "${target.file}"`}.`);
  }
  return exitCodes.ok;
}

async function chainsOf({ subscription }: Options, api: ApiClient) {
  const { chains } = await api.get('list the chains', '/api/ledger', ChainsAnswer);
  const unknown = subscription?.find((wanted) => !chains.some(({ chain }) => chain === wanted));
  const wanted = chains.filter(({ chain }) => subscription?.includes(chain) ?? true);
  if (unknown !== undefined || wanted.length === 0) {
    const why =
      unknown === undefined ? 'the ledger is empty' : `there is no chain "${unknown}" in the ledger`;
    throw new RemediationError('malformed-input', `Cannot download: ${why}`);
  }
  return wanted.toSorted((one, other) => (one.chain < other.chain ? -1 : 1));
}

interface Download {
  readonly composer: FileComposer;
  readonly target: Target;
  readonly signal: AbortSignal;
  readonly onEntry: () => void;
}

/** Page after page, up to the end that the first one tells: a chain that grows while it is read ends there, too. */
async function download(chain: string, api: ApiClient, job: Download): Promise<void> {
  let until: number | undefined;
  let from = 1;
  for (;;) {
    job.signal.throwIfAborted();
    const what = `download chain "${chain}" from entry ${from}`;
    const page = await api.page(what, `/api/ledger/${chain}?from=${from}&most=${mostEntries}`);
    until ??= page.end;
    await take(chain, page.text, until, job);
    const to = job.composer.ends().find((each) => each.chain === chain)?.to ?? 0;
    if (to >= until) {
      return;
    }
    if (page.next === undefined || page.next <= from || page.next !== to + 1) {
      throw new RemediationError(
        'malformed-input',
        `Cannot ${what}: the chain ends before entry ${until}, which its head knows`,
      );
    }
    from = page.next;
  }
}

/** Writes the lines of entries as they are; the manifest and the end of a page give way to those of the file. */
async function take(
  chain: string,
  text: string,
  until: number,
  { composer, target, onEntry }: Download,
): Promise<void> {
  for (const line of text.split('\n')) {
    const read = line === '' ? undefined : parseLine(line);
    if (read?.kind === 'entry' && read.entry.header.chain === chain && read.entry.header.sequence <= until) {
      composer.count(read.entry.header, read.entry.hash, read.entry.bodyText !== undefined);
      await target.write(`${line}\n`);
      onEntry();
    }
  }
}
