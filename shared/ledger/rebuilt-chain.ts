import { erasedBody } from './entry-texts.ts';
import { type Body, parseBody, type Position } from './format/entry.ts';
import { canonicalJson, type JsonObject, LedgerFormatError } from './format/json.ts';
import { entryKey } from './format/keys.ts';
import { moveOf } from './format/links.ts';
import type { EntryLine } from './format/segment.ts';
import type { CaseState } from './format/states.ts';
import type { CaseRow } from './ledger.ts';
import { fitsInRow } from './prepare.ts';
import type { RowWriter } from './row-writer.ts';
import { closedRow, entryRow, headRow, openRow } from './rows.ts';
import type { NewRow } from './table.ts';

/** The rows that follow from the entries of one chain. The head is written last: a chain without a head does not exist. */
export class RebuiltChain {
  readonly #writer: RowWriter;
  readonly #erased: ReadonlyMap<number, number>;
  readonly #states = new Map<string, CaseState>();
  /** Rows of open cases, by case. */
  readonly #open = new Map<string, CaseRow>();
  #end: Position;
  #data: JsonObject = {};

  /** `erased` names the bodies that must not come back, each with the record of its erasure. */
  constructor(writer: RowWriter, start: Position, erased: ReadonlyMap<number, number>) {
    this.#writer = writer;
    this.#end = start;
    this.#erased = erased;
  }

  /** @throws LedgerFormatError for a malformed body, or an illegal move */
  async add(entry: EntryLine): Promise<void> {
    const { header, hash } = entry;
    this.#end = { chain: header.chain, sequence: header.sequence, hash };
    const state = this.#stateAfter(entry);
    await this.#writer.create(await this.#entryRow(entry));
    // A body that was erased later told of rows that are gone too, or of rows that a later entry tells again.
    if (entry.bodyText === undefined || this.#erased.has(header.sequence)) {
      return;
    }
    const body = parseBody(entry.bodyText);
    this.#data = { ...this.#data, ...body.head };
    if (body.row && state !== undefined && header.case !== null) {
      await this.#keepCase(header, body.row, state, header.case);
    }
  }

  /** Writes the remaining rows; returns the number of entries. */
  async finish(): Promise<number> {
    const { chain, sequence } = this.#end;
    for (const row of this.#open.values()) {
      await this.#writer.create(openRow(chain, row));
    }
    await this.#writer.flush();
    if (sequence > 0) {
      const counters = { commit: '', hour: '', changes: 0 };
      await this.#writer.create(headRow({ ...this.#end, ...counters, data: this.#data }));
      await this.#writer.flush();
    }
    return sequence;
  }

  /** The state of the case after the entry. An entry that closes a case is its last one. */
  #stateAfter({ header }: EntryLine): CaseState | undefined {
    if (header.case === null) {
      return undefined;
    }
    const move = moveOf(this.#states.get(header.case) ?? 'none', header);
    if ('fault' in move) {
      throw new LedgerFormatError(
        `Cannot rebuild entry ${header.sequence} of chain "${header.chain}": ${move.fault}`,
      );
    }
    const { after } = move;
    if (after === undefined || after === 'closed') {
      this.#states.delete(header.case);
      this.#open.delete(header.case);
    } else {
      this.#states.set(header.case, after);
    }
    return after;
  }

  async #keepCase(
    { chain, sequence, time }: EntryLine['header'],
    { key, data }: NonNullable<Body['row']>,
    state: CaseState,
    caseId: string,
  ): Promise<void> {
    const row: CaseRow = { key, caseId, state, sequence, data };
    if (state === 'closed') {
      await this.#writer.create(closedRow(chain, row, time));
    } else {
      this.#open.set(caseId, row);
    }
  }

  async #entryRow({ header, hash, bodyText }: EntryLine): Promise<NewRow> {
    const text = canonicalJson(header);
    const record = this.#erased.get(header.sequence);
    if (bodyText === undefined || record !== undefined) {
      return {
        partitionKey: header.chain,
        rowKey: entryKey(header.sequence),
        header: text,
        ...erasedBody(record ?? 0),
      };
    }
    const isLarge = !fitsInRow(bodyText);
    if (isLarge) {
      await this.#writer.bodies.putBody(header.bodyHash, bodyText);
    }
    return entryRow({ header, text, hash }, isLarge ? undefined : bodyText);
  }
}
