import { FileComposer } from '../format/compose.ts';
import { genesis } from '../format/entry.ts';
import { LedgerFormatError } from '../format/json.ts';
import { linkFault } from '../format/links.ts';
import type { Filter, Manifest } from '../format/segment.ts';
import { type ChainEnd, type LedgerStore, readEntries } from './read-entries.ts';
import type { InterruptedExport } from './resume.ts';

/** What an export did. */
export interface ExportSummary {
  readonly entries: number;
  readonly bodies: number;
  /** Chains whose last entry is not there, though their head knows it. */
  readonly short: readonly { readonly chain: string; readonly to: number; readonly head: number }[];
}

export interface ExportJob {
  readonly store: LedgerStore;
  readonly manifest: Manifest;
  /** Ends of the manifest's chains, read before. */
  readonly ends: readonly ChainEnd[];
  /** Takes text in order; resolves when there is room for more. */
  readonly write: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
  /** Called for each entry. */
  readonly onEntry?: () => void;
}

/** The first line of a new export of whole chains. */
export function newManifest(
  chains: readonly string[],
  filter: Filter | undefined,
  createdAt: string,
): Manifest {
  return {
    leakstop: 'export',
    format: 1,
    chains: chains.toSorted().map((chain) => ({ chain, from: 1, previous: genesis(chain).hash })),
    ...(filter && { filter }),
    createdAt,
  };
}

/**
 * Writes an export, or goes on with one, in constant memory. The last line is written last: without it the file is an
 * interrupted one.
 * @throws the signal's reason when it is aborted
 * @throws LedgerFormatError when the table does not go on from what was exported before
 */
export async function exportNdjson(job: ExportJob, before?: InterruptedExport): Promise<ExportSummary> {
  const composer = before?.composer ?? new FileComposer(job.manifest);
  if (!before) {
    await job.write(composer.first());
  }
  const done = before?.chain;
  for (const { chain } of job.manifest.chains) {
    if (done === undefined || chain >= done) {
      await exportChain(job, composer, chain, chain === done ? before : undefined);
    }
  }
  job.signal.throwIfAborted();
  await job.write(composer.last());
  return summary(composer, job.ends);
}

async function exportChain(
  { store, manifest, write, signal, onEntry }: ExportJob,
  composer: FileComposer,
  chain: string,
  before: InterruptedExport | undefined,
): Promise<void> {
  let known = before?.position;
  for await (const entry of readEntries(store, chain, known ? known.sequence + 1 : 1, manifest.filter)) {
    signal.throwIfAborted();
    if (known && linkFault(known, entry.header) !== undefined) {
      throw new LedgerFormatError(
        `Cannot go on: entry ${entry.header.sequence} of chain "${chain}" does not follow the last one in the file`,
      );
    }
    known = undefined;
    await write(composer.entry(entry));
    onEntry?.();
  }
}

function summary(composer: FileComposer, heads: readonly ChainEnd[]): ExportSummary {
  const ends = composer.ends();
  const sum = (name: 'entries' | 'bodies'): number => ends.reduce((total, end) => total + end[name], 0);
  return {
    entries: sum('entries'),
    bodies: sum('bodies'),
    short: ends.flatMap(({ chain, to }) => {
      const head = heads.find((each) => each.chain === chain)?.sequence ?? 0;
      return head > to ? [{ chain, to, head }] : [];
    }),
  };
}
