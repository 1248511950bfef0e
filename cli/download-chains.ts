import { type Clock, timestamp } from '../shared/clock.ts';
import { ChainsAnswer, mostEntries } from '../shared/api/schemas.ts';
import { RemediationError } from '../shared/errors.ts';
import { newManifest } from '../shared/ledger/export/export-ndjson.ts';
import { FileComposer } from '../shared/ledger/format/compose.ts';
import { parseLine } from '../shared/ledger/format/segment.ts';
import type { ApiClient } from './api.ts';
import type { ServiceContext } from './decide.ts';
import type { Target } from './export-target.ts';
import type { StartProgress } from './progress.ts';

/** The parts of the process that a download needs. */
export interface DownloadContext extends ServiceContext {
  readonly clock: Clock;
  readonly progress: StartProgress;
}

/** A chain, and the sequence of its last entry. */
type ChainEnd = ChainsAnswer['chains'][number];

/** The chains of the ledger that are wanted. @throws RemediationError for a chain that does not exist */
export async function chainsOf(
  { subscription }: { readonly subscription?: readonly string[] },
  api: ApiClient,
): Promise<readonly ChainEnd[]> {
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

/**
 * Writes whole chains as one export file, and closes it; returns the number of entries. An unfinished file does not look
 * complete.
 */
export async function downloadTo(
  target: Target,
  chains: readonly ChainEnd[],
  api: ApiClient,
  { output, clock, signal, progress }: DownloadContext,
): Promise<number> {
  const composer = new FileComposer(
    newManifest(
      chains.map(({ chain }) => chain),
      undefined,
      timestamp(clock),
    ),
  );
  const total = chains.reduce((sum, { end }) => sum + end, 0);
  const shown = target.file === undefined ? undefined : progress(total, 0);
  try {
    await target.write(composer.first());
    for (const { chain } of chains) {
      await downloadChain(chain, api, { composer, target, signal, onEntry: () => shown?.advance() });
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
  return composer.ends().reduce((sum, each) => sum + each.entries, 0);
}

interface Download {
  readonly composer: FileComposer;
  readonly target: Target;
  readonly signal: AbortSignal;
  readonly onEntry: () => void;
}

/**
 * Downloads page after page, up to the end that the first page names: a chain may grow meanwhile, and the download ends there
 * all the same.
 */
async function downloadChain(chain: string, api: ApiClient, job: Download): Promise<void> {
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

/** Writes the lines of entries unchanged. The file has its own manifest and end instead of those of each page. */
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
