import { RemediationError } from '../errors.ts';
import type { Sealer } from '../seal/sealer.ts';
import type { BodyStore } from './body-store.ts';
import { isAsEntrySays } from './as-entry-says.ts';
import { type Digests, digestsOf } from './digests.ts';
import { readEntryHeader } from './entry-texts.ts';
import { hashHeader, type Position } from './format/entry.ts';
import { erasureKind } from './format/erasure.ts';
import { canonicalJson } from './format/json.ts';
import { entryKey, openRange } from './format/keys.ts';
import { isSealed } from './head-seal.ts';
import { readRow } from './read-row.ts';
import type { CaseRow } from './ledger.ts';
import { rowsIn } from './rows-in.ts';
import { type Head, readCase } from './rows.ts';
import type { StorageTable } from './table.ts';

/** The parts by which rows are believed. Without them a ledger reads and writes rows as they are, and seals none. */
export interface Sealing {
  readonly sealer: () => Promise<Sealer>;
  /** Stops changes and tells people. @throws RemediationError */
  readonly distrust: (found: Distrusted) => Promise<void>;
  /** The end of a chain that the last signed checkpoint names. @throws RemediationError */
  readonly floorOf: (chain: string) => Promise<Position | undefined>;
  /** True if a person let changes go on who saw the chain end there. @throws RemediationError */
  readonly isVouchedFor: (end: Position) => Promise<boolean>;
}

/** A head, or rows, that are not as they were sealed. */
export interface Distrusted {
  readonly kind: 'head-missing' | 'head-not-sealed' | 'rows-not-sealed' | 'chain-shrunk';
  readonly chain: string;
  readonly at: number;
  readonly hash: string;
}

/** Most entries that somebody without the key may have appended since the last seal. */
const mostForeign = 100;

/** Believes the head of one chain, or stops changes. */
export class HeadGuard {
  readonly #sealing: Sealing;
  readonly #table: StorageTable;
  readonly #bodies: BodyStore;
  readonly #chain: string;
  #floor: number | undefined;

  constructor(sealing: Sealing, table: StorageTable, bodies: BodyStore, chain: string) {
    this.#sealing = sealing;
    this.#table = table;
    this.#bodies = bodies;
    this.#chain = chain;
  }

  sealer(): Promise<Sealer> {
    return this.#sealing.sealer();
  }

  /**
   * The head with digests that are to be believed. `isThere` is false for a chain without a head row.
   * @throws RemediationError `rows-not-believed`
   */
  async believe(head: Head, isThere: boolean): Promise<Head> {
    const floor = await this.#readFloor();
    if (!isThere && floor > 0) {
      return this.refuse('head-missing', head);
    }
    if (head.sequence < floor) {
      return this.refuse('chain-shrunk', head);
    }
    const believed = isThere ? await this.#believeRow(head) : head;
    this.#floor = Math.max(floor, believed.sequence);
    return believed;
  }

  /** @throws RemediationError `rows-not-believed`, always */
  async refuse(kind: Distrusted['kind'], { sequence, hash }: Position): Promise<never> {
    const chain = this.#chain;
    await this.#sealing.distrust({ kind, chain, at: sequence, hash });
    throw new RemediationError(
      'rows-not-believed',
      `Cannot go on with chain "${chain}": ${wordsOf[kind]}. Find out who wrote the rows, then let changes go on`,
    );
  }

  /**
   * The digests of the open rows as they are now, for a head that a person vouched for. Each row must be what its last entry
   * says. @throws RemediationError `rows-not-believed`
   */
  async digestsVouchedFor(head: Head, kind: Distrusted['kind']): Promise<Digests> {
    if (!(await this.#sealing.isVouchedFor(head))) {
      return this.refuse(kind, head);
    }
    const source = { table: this.#table, bodies: this.#bodies };
    const rows: CaseRow[] = [];
    for await (const row of rowsIn(this.#table, this.#chain, openRange())) {
      const read = readCase(row);
      if (read === undefined || !(await isAsEntrySays(source, this.#chain, read))) {
        return this.refuse(kind, head);
      }
      rows.push(read);
    }
    return digestsOf(await this.sealer(), this.#chain, rows);
  }

  /**
   * Takes a closed row that this app did not seal, if it is what its entry says and a person has vouched for it: then, or
   * now. Returns where the seals of closed rows begin. @throws RemediationError `rows-not-believed`
   */
  async vouchFor(head: Head, row: CaseRow | undefined): Promise<number> {
    const source = { table: this.#table, bodies: this.#bodies };
    const since = head.seal?.since ?? 0;
    const isEarlier = row !== undefined && row.sequence <= since;
    const isVouched = isEarlier || (await this.#sealing.isVouchedFor(head));
    if (row === undefined || !isVouched || !(await isAsEntrySays(source, this.#chain, row))) {
      return this.refuse('rows-not-sealed', head);
    }
    return isEarlier ? since : head.sequence;
  }

  async #readFloor(): Promise<number> {
    this.#floor ??= (await this.#sealing.floorOf(this.#chain))?.sequence ?? 0;
    return this.#floor;
  }

  async #believeRow(head: Head): Promise<Head> {
    const sealer = await this.sealer();
    const isGenuine = isSealed(sealer, head);
    if (isGenuine && head.seal?.of === undefined) {
      return head;
    }
    if (isGenuine && head.seal !== undefined && (await this.#grantsNothing(head))) {
      return { ...head, seal: { ...head.seal, of: undefined } };
    }
    const digests = await this.digestsVouchedFor(head, 'head-not-sealed');
    return { ...head, seal: { app: sealer.app, seal: '', digests, since: head.sequence } };
  }

  /** True if only erasures were recorded since the head that is sealed, each rightly chained. */
  async #grantsNothing({ seal, chain, sequence, hash, data }: Head): Promise<boolean> {
    const from = seal?.of;
    if (from === undefined || sequence - from.sequence > mostForeign || sequence <= from.sequence) {
      return false;
    }
    let end: Position | undefined = { chain, sequence: from.sequence, hash: from.hash };
    while (end !== undefined && end.sequence < sequence) {
      end = await this.#afterErasure(end);
    }
    return end?.hash === hash && canonicalJson(data) === canonicalJson(from.data);
  }

  /** The end behind the next entry, if it is the record of an erasure that follows rightly. */
  async #afterErasure({ chain, sequence, hash }: Position): Promise<Position | undefined> {
    const next = sequence + 1;
    const row = await readRow(this.#table, chain, entryKey(next));
    const header = row && readEntryHeader(row);
    const follows =
      header?.sequence === next &&
      header.previous === hash &&
      header.chain === chain &&
      header.kind === erasureKind &&
      header.case === null;
    return follows ? { chain, sequence: next, hash: hashHeader(header) } : undefined;
  }
}

const wordsOf: Readonly<Record<Distrusted['kind'], string>> = {
  'head-missing': 'its head is gone',
  'chain-shrunk': 'its head lies before an end that it had',
  'head-not-sealed': 'its head is not as this app sealed it',
  'rows-not-sealed': 'its open rows are not those that the sealed head knows',
};
