import type { Sealer } from '../seal/sealer.ts';
import { type Digests, rowSeal, withRow } from './digests.ts';
import { handedOn, sealHead } from './head-seal.ts';
import type { ChainedHeader } from './format/entry.ts';
import { openKey } from './format/keys.ts';
import type { CaseRow } from './ledger.ts';
import { mostRowsBesideHead, type PreparedUnit, refused } from './prepare.ts';
import { closedRow, closedSeal, entryRow, type Head, headRow, openRow } from './rows.ts';
import type { NewRow, TransactionAction } from './table.ts';
import { type Effect, effectOf, type UnitOutcome } from './unit-effect.ts';

/** A transaction holds 4 MiB. The overhead of the multipart form is only estimated, hence the distance. */
const mostBytes = 3.5 * 1024 * 1024;
/** Headers and boundaries that the multipart form adds to each row. */
const formBytes = 1024;

/** A chain as it is at one ETag. */
export interface ChainView {
  readonly head: Head;
  /** Undefined as long as the chain has no head row. */
  readonly etag: string | undefined;
  /** Open cases by key. A case without a row here is not open. */
  readonly rows: ReadonlyMap<string, CaseRow>;
}

/** A transaction, and the state of the chain after its commit. */
export interface PackedTransaction {
  readonly base: ChainView;
  readonly head: Head;
  /** The touched cases after the commit; undefined for closed ones. */
  readonly touched: ReadonlyMap<string, CaseRow | undefined>;
  /** Its last entry. A transaction counts as committed once this entry is found in the chain. */
  readonly last: ChainedHeader;
  readonly actions: TransactionAction[];
}

export interface PackedUnits {
  /** Undefined if no accepted unit writes anything. */
  readonly transaction: PackedTransaction | undefined;
  /** Outcomes of the first units, at least one, in order; later units did not fit. */
  readonly outcomes: readonly UnitOutcome[];
}

/**
 * Packs whole units, in order, into one transaction until the next one does not fit. Units that cannot be committed get their
 * outcome and take no room. Pure: the same arguments make the same transaction.
 */
export function packUnits(
  base: ChainView,
  units: readonly PreparedUnit[],
  commit: PlannedCommit,
): PackedUnits {
  const draft = new TransactionDraft(base, commit);
  const outcomes: UnitOutcome[] = [];
  for (const unit of units) {
    const { outcome, effect } = effectOf(unit, draft, commit.time);
    if (effect && !draft.add(effect)) {
      if (!draft.isEmpty) {
        break;
      }
      outcomes.push({ kind: 'illegal', error: refused(unit, 'the unit does not fit in one transaction') });
      continue;
    }
    outcomes.push(outcome);
  }
  return { transaction: draft.toTransaction(), outcomes };
}

/** A commit before it is packed: its id, its time (ISO 8601), and the sealer of an app that seals. */
export interface PlannedCommit {
  readonly id: string;
  readonly time: string;
  readonly sealer?: Sealer | undefined;
}

/** A transaction that is being built, with one action a row, however often the row changes. */
class TransactionDraft {
  readonly #base: ChainView;
  readonly #commit: PlannedCommit;
  head: Head;
  readonly #touched = new Map<string, CaseRow | undefined>();
  /** Entries and closed rows, which are written once and never changed. */
  readonly #additions: TransactionAction[] = [];
  #additionBytes = 0;
  readonly #openBytes = new Map<string, number>();
  #last: ChainedHeader | undefined;

  constructor(base: ChainView, commit: PlannedCommit) {
    this.#base = base;
    this.#commit = commit;
    this.head = base.head;
  }

  get isEmpty(): boolean {
    return this.#additions.length === 0;
  }

  row(key: string): CaseRow | undefined {
    return this.#touched.has(key) ? this.#touched.get(key) : this.#base.rows.get(key);
  }

  /** Adds a unit's effect; false if the transaction has no room for it. */
  add(effect: Effect): boolean {
    const chain = this.head.chain;
    const additions = [
      ...effect.entries.map(({ chained, prepared }) =>
        entryRow(chained, prepared.isBodyInBlob ? undefined : prepared.bodyText),
      ),
      ...effect.cases.filter(({ state }) => state === 'closed').map((row) => this.#closedRow(row)),
    ].map((row): TransactionAction => ['create', row]);
    const openBytes = new Map(
      effect.cases.map((row) => [row.key, row.state === 'closed' ? formBytes : bytesOf(openRow(chain, row))]),
    );
    const additionBytes = additions.reduce((sum, [, row]) => sum + bytesOf(row), 0);
    if (!this.#hasRoom(additions.length, additionBytes, openBytes, effect.head)) {
      return false;
    }
    this.#last = effect.entries.at(-1)?.chained ?? this.#last;
    this.#additions.push(...additions);
    this.#additionBytes += additionBytes;
    openBytes.forEach((bytes, key) => this.#openBytes.set(key, bytes));
    effect.cases.forEach((row) => this.#touched.set(row.key, row.state === 'closed' ? undefined : row));
    this.head = effect.head;
    return true;
  }

  #closedRow(row: CaseRow): NewRow {
    const { chain } = this.head;
    const { sealer, time } = this.#commit;
    return closedRow(chain, row, time, sealer && closedSeal(sealer, chain, row, time));
  }

  #hasRoom(additions: number, additionBytes: number, openBytes: Map<string, number>, head: Head): boolean {
    const open = new Map([...this.#openBytes, ...openBytes]);
    const bytes = [...open.values()].reduce((sum, size) => sum + size, 0) + bytesOf(headRow(head));
    return (
      this.#additions.length + additions + open.size <= mostRowsBesideHead &&
      this.#additionBytes + additionBytes + bytes <= mostBytes
    );
  }

  /** The head comes first, so that the loser of a race learns of it before Azure checks anything else. */
  toTransaction(): PackedTransaction | undefined {
    if (!this.#last) {
      return undefined;
    }
    const { etag } = this.#base;
    const head = this.#sealed({ ...this.head, commit: this.#commit.id });
    const row = headRow(head);
    return {
      base: this.#base,
      head,
      touched: this.#touched,
      last: this.#last,
      actions: [
        etag === undefined ? ['create', row] : ['update', row, 'Replace', { etag }],
        ...this.#additions,
        ...[...this.#touched].flatMap(([key, after]) => this.#openAction(key, after)),
      ],
    };
  }

  #sealed(head: Head): Head {
    const { sealer } = this.#commit;
    if (sealer === undefined) {
      return handedOn(this.#base.head, head);
    }
    let digests: Digests = this.#base.head.seal?.digests ?? new Map();
    for (const [key, row] of this.#touched) {
      const open = this.#base.rows.get(key);
      digests = withRow(digests, key, {
        before: open && rowSeal(sealer, head.chain, open),
        after: row && rowSeal(sealer, head.chain, row),
      });
    }
    return sealHead(sealer, head, { digests, since: this.#base.head.seal?.since ?? 0 });
  }

  #openAction(key: string, after: CaseRow | undefined): TransactionAction[] {
    const chain = this.head.chain;
    const isOpenBefore = this.#base.rows.has(key);
    if (after) {
      const row = openRow(chain, after);
      return [isOpenBefore ? ['update', row, 'Replace'] : ['create', row]];
    }
    return isOpenBefore ? [['delete', { partitionKey: chain, rowKey: openKey(key) }]] : [];
  }
}

function bytesOf(row: object): number {
  return Buffer.byteLength(JSON.stringify(row)) + formBytes;
}
