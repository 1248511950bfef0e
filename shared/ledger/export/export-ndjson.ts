import { FileComposer } from '../format/compose.ts';
import { genesis, type Position } from '../format/entry.ts';
import type { Filter, Manifest } from '../format/segment.ts';
import { type ExportFinding, headFindings, placeOf, shortChains } from './findings.ts';
import { type ChainEnd, type LedgerStore, readEntries, readHash } from './read-entries.ts';
import type { InterruptedExport } from './resume.ts';

/** Result of an export. */
export interface ExportSummary {
  readonly entries: number;
  readonly bodies: number;
  /**
   * True if the table held every entry that the heads know. An incomplete export must not look complete, so its file has no
   * last line.
   */
  readonly isWhole: boolean;
}

export interface ExportJob {
  readonly store: LedgerStore;
  readonly manifest: Manifest;
  /** Ends of the manifest's chains, read before the export. */
  readonly ends: readonly ChainEnd[];
  /** Takes text in order; resolves once there is room for more. */
  readonly write: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onEntry?: () => void;
  /** Called at once for each finding. */
  readonly onFinding?: (finding: ExportFinding) => void;
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
 * Writes an export, or goes on with one, in constant memory. The last line is written last: a file without a last line is an
 * interrupted export. After a finding the last line is never written; then the file holds the entries of the table, for a
 * verifier.
 * @throws the signal's reason if it is aborted
 */
export async function exportNdjson(job: ExportJob, before?: InterruptedExport): Promise<ExportSummary> {
  const composer = before?.composer ?? new FileComposer(job.manifest);
  let found = 0;
  const onFinding = (finding: ExportFinding): void => {
    found += 1;
    job.onFinding?.(finding);
  };
  const told: ExportJob = { ...job, onFinding };
  headFindings(job.ends).forEach(onFinding);
  if (before) {
    (await changedSince(job, before)).forEach(onFinding);
    if (found > 0) {
      return summary(composer, false);
    }
  } else {
    await job.write(composer.first());
  }
  const done = before?.chain;
  for (const { chain } of job.manifest.chains) {
    if (done === undefined || chain >= done) {
      await exportChain(told, composer, chain, chain === done ? before?.position : undefined);
    }
  }
  job.signal.throwIfAborted();
  shortChains(job.ends, composer.ends()).forEach(onFinding);
  if (found === 0) {
    await job.write(composer.last());
  }
  return summary(composer, found === 0);
}

async function exportChain(
  { store, manifest, write, signal, onEntry, onFinding }: ExportJob,
  composer: FileComposer,
  chain: string,
  before: Position | undefined,
): Promise<void> {
  const found = (at: number | string) => onFinding?.({ kind: 'entry-unreadable', chain, at });
  const entries = readEntries(store, chain, (before?.sequence ?? 0) + 1, manifest.filter ?? {}, (key) =>
    found(placeOf(key)),
  );
  for await (const entry of entries) {
    signal.throwIfAborted();
    // A line feed inside a body would begin a line of its own in the file.
    if (entry.bodyText?.includes('\n')) {
      found(entry.header.sequence);
      continue;
    }
    await write(composer.entry(entry));
    onEntry?.();
  }
}

/**
 * Findings for entries of the file that the table no longer holds. An export never goes on with an older or another ledger.
 */
async function changedSince(
  { store, ends }: ExportJob,
  { composer }: InterruptedExport,
): Promise<ExportFinding[]> {
  const reached = composer.ends().filter(({ entries }) => entries > 0);
  const findings: ExportFinding[] = [];
  for (const { chain, to, hash } of reached) {
    if ((await readHash(store.table, chain, to)) !== hash) {
      findings.push({ kind: 'entry-changed', chain, at: to });
    }
    const head = ends.find((each) => each.chain === chain);
    if (head && head.fault === undefined && head.sequence < to) {
      findings.push({ kind: 'head-behind', chain, at: to });
    }
  }
  return findings;
}

function summary(composer: FileComposer, isWhole: boolean): ExportSummary {
  const ends = composer.ends();
  const sum = (name: 'entries' | 'bodies'): number => ends.reduce((total, end) => total + end[name], 0);
  return { entries: sum('entries'), bodies: sum('bodies'), isWhole };
}
