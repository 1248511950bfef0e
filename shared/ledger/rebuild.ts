import type { KeyObject } from 'node:crypto';
import { RemediationError } from '../errors.ts';
import type { BodyStore } from './body-store.ts';
import { readSegment } from './checkpoints/segment-text.ts';
import { checkpointFault, type Checkpoint, parseCheckpoint } from './format/checkpoint.ts';
import { genesis, type Position } from './format/entry.ts';
import { sha256 } from './format/json.ts';
import type { EntryLine } from './format/segment.ts';
import { isSignedBy } from './format/signature.ts';
import { rowsIn } from './rows-in.ts';
import { unfit, verifyRebuild } from './rebuild-checks.ts';
import { RebuiltChain } from './rebuilt-chain.ts';
import { RowWriter } from './row-writer.ts';
import type { StorageTable } from './table.ts';

export interface RebuildParts {
  /** Checkpoint files, from the first one on. */
  readonly checkpoints: AsyncIterable<string> | Iterable<string>;
  /** The text of the segment of that name; undefined if there is none. */
  readonly readSegmentFile: (name: string) => Promise<string | undefined>;
  /** Keys that may have signed the checkpoints. */
  readonly publicKeys: readonly KeyObject[];
  readonly table: StorageTable;
  readonly bodies: BodyStore;
  /** Checked between two entries. */
  readonly signal?: AbortSignal;
}

export interface Rebuilt {
  /** Number of the last checkpoint. Later entries are not in the table. */
  readonly checkpoint: number;
  readonly chains: readonly { readonly chain: string; readonly entries: number }[];
}

/**
 * Makes the table again from segments, as far as the last checkpoint vouches for them. Everything is verified as by the
 * offline verifier before the first row is written, and bodies with a recorded erasure stay erased. Memory holds one segment,
 * the open cases of one chain, and the entries that its records of erasures name.
 * @throws RemediationError `malformed-input` for a checkpoint or a segment with a fault
 * @throws RemediationError `request-refused` for a chain that has a row already: after an interruption, begin with an empty
 * table
 * @throws LedgerFormatError for a file that cannot be read, with the place
 * @throws Error that says what was done, if the signal is aborted
 */
export async function rebuildTable(parts: RebuildParts): Promise<Rebuilt> {
  const { last, segments } = await readCheckpoints(parts);
  let written = 0;
  const goOn = (): void => {
    if (parts.signal?.aborted) {
      throw new Error(
        written === 0
          ? 'interrupted before the first row: nothing was written'
          : `interrupted after ${written} entries were written: begin again with an empty table`,
      );
    }
  };
  const plans: { chain: string; erased: ReadonlyMap<number, number> }[] = [];
  for (const end of last.chains) {
    await refuseRows(parts.table, end.chain);
    const read = () => entriesOf(parts, segmentsOf(segments, end.chain), end.chain, goOn);
    plans.push({ chain: end.chain, erased: await verifyRebuild(end, last.number, read) });
  }
  const chains: { chain: string; entries: number }[] = [];
  for (const { chain, erased } of plans) {
    const writer = new RowWriter(parts.table, parts.bodies, chain);
    const rebuilt = new RebuiltChain(writer, genesis(chain), erased);
    for await (const entry of entriesOf(parts, segmentsOf(segments, chain), chain, goOn)) {
      await rebuilt.add(entry);
      written += 1;
    }
    chains.push({ chain, entries: await rebuilt.finish() });
  }
  return { checkpoint: last.number, chains };
}

type Segment = Checkpoint['segments'][number];

/** The last checkpoint, with the segments of all checkpoints. */
async function readCheckpoints({ checkpoints, publicKeys }: RebuildParts) {
  let last: Checkpoint | undefined;
  const segments: Segment[] = [];
  for await (const text of checkpoints) {
    const checkpoint = parseCheckpoint(text);
    const fault = checkpointFault(last, checkpoint);
    if (fault) {
      throw unfit(`checkpoint ${checkpoint.number} does not follow the one before: ${fault.kind}`);
    }
    if (!isSignedBy(checkpoint, publicKeys)) {
      throw unfit(`checkpoint ${checkpoint.number} is not signed by the key`);
    }
    segments.push(...checkpoint.segments);
    last = checkpoint;
  }
  if (!last) {
    throw unfit('there is no checkpoint');
  }
  return { last, segments };
}

function segmentsOf(segments: readonly Segment[], chain: string): Segment[] {
  return segments.filter((segment) => segment.chain === chain);
}

/** The entries of a chain. Each segment is checked against its checkpoint, each entry against the one before. */
async function* entriesOf(
  { readSegmentFile }: RebuildParts,
  segments: readonly Segment[],
  chain: string,
  goOn: () => void,
): AsyncGenerator<EntryLine> {
  let at: Position = genesis(chain);
  for (const { name, sha256: hash, to } of segments) {
    const text = await readSegmentFile(name);
    if (text === undefined) {
      throw unfit(`segment "${name}" is missing`);
    }
    if (sha256(text) !== hash) {
      throw unfit(`segment "${name}" is not the one that its checkpoint names`);
    }
    for (const entry of readSegment(text, at, to)) {
      goOn();
      yield entry;
      at = { chain, sequence: entry.header.sequence, hash: entry.hash };
    }
  }
}

async function refuseRows(table: StorageTable, chain: string): Promise<void> {
  const { done } = await rowsIn(table, chain, { from: ' ', before: '~' }).next();
  if (done !== true) {
    throw new RemediationError(
      'request-refused',
      `Cannot rebuild chain "${chain}": it has rows already. Begin with an empty table`,
    );
  }
}
