import type { ChainReader, ReadEntry } from '../ledger/chain-reader.ts';
import { caseMoves, type CaseState, stateAfter } from '../ledger/format/states.ts';
import { isCaseEntryKind } from '../ledger/format/links.ts';
import type { CaseRow } from '../ledger/ledger.ts';
import { type IndexedCase, indexCase } from './indexed-case.ts';
import { unlessMalformed } from './tolerant.ts';

/** Limits for the cases of all chains in the memory of one process. */
export interface IndexLimits {
  /** Most open cases that are kept; further ones are counted. */
  readonly mostOpen: number;
  /** Most closed cases that are kept: the newest ones. */
  readonly mostClosed: number;
  /** Time for which a closed case is kept. */
  readonly closedForMs: number;
}

/** Most entries that are read to catch up; above this number it is faster to read the rows again. */
const mostToFollow = 5_000;

/** The cases of one chain, read once as rows and from then on followed entry by entry. */
export class FollowedCases {
  readonly chain: string;
  readonly cases = new Map<string, IndexedCase>();
  /** The state after the last entry seen, even if the entry that carries the row is still to come. */
  readonly #states = new Map<string, CaseState>();
  readonly #reader: ChainReader;
  readonly #limits: IndexLimits;
  #end: number | undefined;
  #open = 0;
  #left = 0;
  #leftClosed = 0;
  #unreadable = 0;
  #isHeadUnreadable = false;

  constructor(chain: string, reader: ChainReader, limits: IndexLimits) {
    this.chain = chain;
    this.#reader = reader;
    this.#limits = limits;
  }

  /** The number of open cases left out for lack of room when the rows were read. */
  get left(): number {
    return this.#left;
  }

  /** The number of closed cases left out for lack of room: the oldest ones. */
  get leftClosed(): number {
    return this.#leftClosed;
  }

  /** The number of rows that do not have their format, the head of the chain among them. */
  get unreadable(): number {
    return this.#unreadable + (this.#isHeadUnreadable ? 1 : 0);
  }

  /**
   * Reads new entries.
   * @throws RemediationError when storage is away; the known cases stay known
   */
  async follow(now: Date): Promise<void> {
    const known = await unlessMalformed(() => this.#reader.end(this.chain));
    // A chain without a head cannot be followed: its rows are read once and stay as they were.
    const end = known ?? 0;
    this.#isHeadUnreadable = known === undefined;
    if (this.#end === undefined || end < this.#end || end - this.#end > mostToFollow) {
      await this.#load(end, now);
    } else if (end > this.#end) {
      let isWhole = true;
      const onUnreadable = () => (isWhole = false);
      for await (const entry of this.#reader.entries(this.chain, this.#end + 1, end, onUnreadable)) {
        isWhole = this.#take(entry) && isWhole;
      }
      this.#end = end;
      if (!isWhole) {
        await this.#load(end, now);
      }
    }
    this.#forgetOld(now);
  }

  /** `end` was read before the rows. Entries written meanwhile are read again later, and a row knows how new it is. */
  async #load(end: number, now: Date): Promise<void> {
    this.cases.clear();
    this.#states.clear();
    this.#left = this.#leftClosed = this.#unreadable = this.#open = 0;
    const since = new Date(now.getTime() - this.#limits.closedForMs);
    const tell = (): void => {
      this.#unreadable += 1;
    };
    for await (const row of this.#reader.closedCases(this.chain, since, tell)) {
      this.#keep(row, row.closedAt);
      if (this.cases.size >= 2 * this.#limits.mostClosed) {
        this.#forgetOld(now);
      }
    }
    for await (const row of this.#reader.openCases(this.chain, tell)) {
      if (this.#open >= this.#limits.mostOpen) {
        this.#left += 1;
        continue;
      }
      this.#open += 1;
      this.#keep(row, undefined);
    }
    this.#end = end;
  }

  /** False when the entry reports a case in a way that cannot be followed. */
  #take(entry: ReadEntry): boolean {
    const { sequence, kind, caseId } = entry;
    if (caseId === null || !isCaseEntryKind(kind)) {
      return true;
    }
    const known = this.cases.get(caseId);
    if (sequence <= (known?.sequence ?? 0)) {
      return true;
    }
    const before = this.#states.get(caseId) ?? known?.state ?? 'none';
    const { to } = caseMoves[kind];
    const state = stateAfter(before, kind) ?? (to === 'same' ? undefined : to);
    if (state === undefined) {
      // A case that was left out for lack of room may come back with a later load.
      return this.#left > 0;
    }
    this.#states.set(caseId, state);
    return this.#takeRow(entry, caseId, state);
  }

  /** Takes the row of a case from the last entry of a unit, which carries it. */
  #takeRow({ body, sequence, time }: ReadEntry, caseId: string, state: CaseState): boolean {
    if (body?.row === undefined) {
      return body !== undefined;
    }
    if (state !== 'closed' && !this.cases.has(caseId) && this.cases.size >= this.#most()) {
      this.#left += 1;
      return true;
    }
    this.#keep({ ...body.row, caseId, state, sequence }, state === 'closed' ? time : undefined);
    return true;
  }

  #most(): number {
    return this.#limits.mostOpen + this.#limits.mostClosed;
  }

  #keep(row: CaseRow, closedAt: string | undefined): void {
    try {
      this.cases.set(row.caseId, indexCase(this.chain, row, closedAt));
    } catch {
      this.#unreadable += 1;
    }
    this.#states.delete(row.caseId);
  }

  #forgetOld(now: Date): void {
    const oldest = now.getTime() - this.#limits.closedForMs;
    const closed = [...this.cases.values()].filter(({ closedAt }) => closedAt !== undefined);
    const old = closed.filter(({ closedAt = 0 }) => closedAt < oldest);
    for (const { caseId } of old) {
      this.cases.delete(caseId);
    }
    const excess = closed.length - old.length - this.#limits.mostClosed;
    if (excess > 0) {
      const byAge = closed.toSorted((one, other) => (one.closedAt ?? 0) - (other.closedAt ?? 0));
      for (const { caseId } of byAge.slice(old.length, old.length + excess)) {
        this.cases.delete(caseId);
      }
      this.#leftClosed += excess;
    }
  }
}
