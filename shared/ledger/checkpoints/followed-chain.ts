import { toStorageError } from '../../storage-errors.ts';
import { genesis, type Header, type Position } from '../format/entry.ts';
import { entryKey } from '../format/keys.ts';
import { type MoveFault, moveOf, positionOf } from '../format/links.ts';
import type { CaseState } from '../format/states.ts';
import { readRow } from '../read-row.ts';
import { rowsIn } from '../rows-in.ts';
import type { Row, StorageTable } from '../table.ts';
import { Fingerprints } from '../verify/chain/fingerprints.ts';
import { type ChainSource, type CheckedEntry, checkedHeader, readChecked } from './checked-entry.ts';
import type { SegmentBounds } from './segment-text.ts';
import type { Contradiction, ContradictionKind } from './contradiction.ts';

/** An open case as its entries have it: its state, and the sequence of its last entry. */
export interface OpenCase {
  readonly state: CaseState;
  readonly sequence: number;
}

/**
 * A process's knowledge of the vouched part of a chain: the state of every case, followed from the first entry on, and how
 * far the process has read that part again. States never come from rows: whoever plants an entry can plant a row for it.
 * Holds the open cases, and 64 bits of each closed one.
 */
export class FollowedChain {
  readonly #states = new Map<string, OpenCase>();
  readonly #closed = new Fingerprints();
  /** States after entries that no checkpoint vouches for yet. */
  readonly #ahead = new Map<string, OpenCase>();
  #position: Position;
  #aheadEnd: Position;
  /** The next look back begins behind this entry. */
  #looked: Position;
  /** Where looking back begins in this process. A process may live too briefly to read everything, so the place varies. */
  readonly #share: number;

  /** `share`, in [0, 1), is the part of the chain that lies before the entry at which looking back begins. */
  constructor(chain: string, share: number) {
    this.#position = genesis(chain);
    this.#aheadEnd = this.#position;
    this.#looked = this.#position;
    this.#share = share;
  }

  get sequence(): number {
    return this.#position.sequence;
  }

  /** The open cases after every entry that was taken, by their id. */
  openCases(): Map<string, OpenCase> {
    const open = new Map([...this.#states, ...this.#ahead]);
    return new Map([...open].filter(([, { state }]) => state !== 'closed'));
  }

  /** Rows that were compared with their entries, by key: a row that is as it was then need not be compared again. */
  readonly compared = new Map<string, string>();

  /** Takes the next entry. Nobody knows yet whether a checkpoint will vouch for it. */
  take(header: Header): MoveFault | undefined {
    const name = header.case ?? '';
    const before = (this.#ahead.get(name) ?? this.#states.get(name))?.state;
    const move = moveOf(before ?? (this.#closed.has(name) ? 'closed' : 'none'), header);
    if ('fault' in move) {
      return move.fault;
    }
    if (move.after !== undefined) {
      this.#ahead.set(name, { state: move.after, sequence: header.sequence });
    }
    this.#aheadEnd = positionOf(header);
    return undefined;
  }

  /**
   * Goes on to the entry that the last checkpoint names, by headers only. Entries taken before count if they led to that
   * entry, and are forgotten otherwise.
   */
  async followTo(table: StorageTable, to: Position): Promise<Contradiction | undefined> {
    if (this.#aheadEnd.sequence === to.sequence && this.#aheadEnd.hash === to.hash) {
      this.#settle();
    }
    this.#ahead.clear();
    this.#aheadEnd = this.#position;
    const { chain } = to;
    const start = this.#looked.sequence === 0 ? Math.floor(this.#share * to.sequence) : -1;
    for await (const row of headersOf(table, this.#position, to.sequence)) {
      const at = this.#position.sequence + 1;
      const read = checkedHeader(row, this.#position);
      if (read.fault !== undefined) {
        return { kind: read.fault, chain, at };
      }
      if (this.take(read.header) !== undefined) {
        return { kind: 'move-illegal', chain, at };
      }
      this.#settle();
      this.#looked = at === start ? this.#position : this.#looked;
    }
    if (this.#position.sequence < to.sequence) {
      return { kind: 'entry-missing', chain, at: this.#position.sequence + 1 };
    }
    return this.#position.hash === to.hash ? undefined : { kind: 'chain-changed', chain, at: to.sequence };
  }

  /** Reads some of the vouched part up to `to` again, with bodies; starts again from the first entry after the last. */
  async lookBack(
    source: ChainSource,
    to: Position,
    bounds: SegmentBounds,
  ): Promise<Contradiction | undefined> {
    const { chain } = to;
    let at = this.#looked.sequence < to.sequence ? this.#looked : genesis(chain);
    const last = Math.min(at.sequence + bounds.entries, to.sequence);
    const range = { from: entryKey(at.sequence + 1), before: entryKey(last + 1) };
    let size = 0;
    for await (const row of rowsIn(source.table, chain, range)) {
      const read = await readTwice(source, at, row);
      if (read.fault !== undefined) {
        return { kind: read.fault, chain, at: at.sequence + 1 };
      }
      at = positionOf(read.header);
      size += read.texts.headerText.length + (read.texts.bodyText?.length ?? 0);
      if (size >= bounds.text) {
        break;
      }
    }
    const fault = endFault(at, last, size >= bounds.text, to);
    if (fault !== undefined) {
      return { kind: fault, chain, at: fault === 'entry-missing' ? at.sequence + 1 : to.sequence };
    }
    this.#looked = at;
    return undefined;
  }

  #settle(): void {
    for (const [name, open] of this.#ahead) {
      if (open.state === 'closed') {
        this.#states.delete(name);
        this.#closed.add(name);
      } else {
        this.#states.set(name, open);
      }
    }
    this.#ahead.clear();
    this.#position = this.#aheadEnd;
  }
}

/** A chain that is followed up to the checkpoint's place for the chain, or less. */
export function followedOf(
  chains: Map<string, FollowedChain>,
  { chain, sequence }: Position,
  share: number,
): FollowedChain {
  const known = chains.get(chain);
  if (known && known.sequence <= sequence) {
    return known;
  }
  const fresh = new FollowedChain(chain, share);
  chains.set(chain, fresh);
  return fresh;
}

function endFault(at: Position, last: number, isCut: boolean, to: Position): ContradictionKind | undefined {
  if (at.sequence < last && !isCut) {
    return 'entry-missing';
  }
  return at.sequence === to.sequence && at.hash !== to.hash ? 'chain-changed' : undefined;
}

/** Reads a misfit a second time before it counts, since a body may be erased during the first reading. */
async function readTwice(source: ChainSource, end: Position, row: Row): Promise<CheckedEntry> {
  const read = await readChecked(source, end, row);
  if (read.fault === undefined) {
    return read;
  }
  const again = await readRow(source.table, end.chain, entryKey(end.sequence + 1));
  return again ? readChecked(source, end, again) : { fault: 'entry-missing' };
}

/** Rows of the entries after `after`, up to `to`, without bodies. */
export async function* headersOf(table: StorageTable, after: Position, to: number): AsyncGenerator<Row> {
  if (after.sequence >= to) {
    return;
  }
  const filter = `PartitionKey eq '${after.chain}' and RowKey ge '${entryKey(after.sequence + 1)}' and RowKey lt '${entryKey(to + 1)}'`;
  const select = ['PartitionKey', 'RowKey', 'header'];
  try {
    yield* table.listEntities({ queryOptions: { filter, select } });
  } catch (error) {
    throw toStorageError(error, `read chain "${after.chain}"`);
  }
}
