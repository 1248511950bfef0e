import type { JsonObject } from '../contract/json.ts';
import type { PayloadOf } from './format/read-payload.ts';
import type { CaseEntryKind, CaseState, ChainEntryKind, EntryKind } from './format/states.ts';

/** An open case as its row holds it. `data` is the engine's; the ledger keeps it whole and does not look inside. */
export interface CaseRow {
  /** {@link caseKey} of root, resource and control. */
  readonly key: string;
  /** Names this life of the case; a drift that opens again later is another one. */
  readonly caseId: string;
  readonly state: CaseState;
  /** Sequence of the last entry that concerned it: its version. */
  readonly sequence: number;
  readonly data: JsonObject;
}

/** An entry to be appended. Its chain, sequence, time and hashes are the ledger's business. */
export type NewEntry = CaseEntry<CaseEntryKind> | ChainEntry<ChainEntryKind>;

type CaseEntry<K extends CaseEntryKind> = {
  [Each in K]: {
    readonly kind: Each;
    readonly key: string;
    readonly caseId: string;
    readonly body: EntryBody<Each>;
  };
}[K];

type ChainEntry<K extends ChainEntryKind> = {
  [Each in K]: { readonly kind: Each; readonly body: EntryBody<Each> };
}[K];

/** What an entry says. Never a secret. */
export interface EntryBody<K extends EntryKind = EntryKind> {
  readonly resource?: string;
  readonly control?: string;
  /** Who or what did what the entry tells: an Entra object id with what is known of it, or `leakstop`. */
  readonly actor?: JsonObject;
  readonly traceparent?: string;
  readonly payload: PayloadOf<K>;
}

/** What one unit does to one case. */
export interface CaseUpdate {
  readonly key: string;
  readonly caseId: string;
  /** The version that the writer saw; `absent` opens the case. */
  readonly expected: number | 'absent';
  /** The engine's data after it. */
  readonly data: JsonObject;
}

/** Entries that are committed together or not at all, with the rows that they change. */
export interface Unit {
  readonly chain: string;
  readonly entries: readonly NewEntry[];
  /** One for each case that `entries` mention. The state after is what the entries make it. */
  readonly cases: readonly CaseUpdate[];
  /** Changes that this unit starts, counted under the same ETag as everything else, and how many an hour may see. */
  readonly changes?: {
    readonly count: number;
    readonly limitPerHour: number;
    /** Those of `count` that may use only a part of the hour's budget. */
    readonly ordinary?: { readonly count: number; readonly limitPerHour: number };
    /** When changes were intended that this unit withdraws, ISO 8601: they had no effect, and no longer count. */
    readonly withdrawn?: readonly string[];
  };
  /** Merged into the head's `data`, such as the finished baseline. */
  readonly head?: JsonObject;
  /** Write nothing when the head's `data` says already what `head` says: something is told once, whoever sees it. */
  readonly onlyNews?: true;
}

export type Commit =
  | { readonly kind: 'committed'; readonly sequences: readonly number[] }
  /** A case is not as the writer saw it: look again. Nothing of the unit was written. */
  | { readonly kind: 'case-moved' }
  /** The hour's budget does not hold the unit's changes. Nothing of the unit was written. */
  | { readonly kind: 'over-budget'; readonly used: number }
  /** The head says it already, and the unit wanted to tell only what is new. Nothing of the unit was written. */
  | { readonly kind: 'known' };

/** What is known of one root. */
export interface RootView {
  /** The head's `data`, `{}` for a chain without entries. */
  readonly head: JsonObject;
  readonly openCases: readonly CaseRow[];
  /** {@link UnreadableRow.key} of rows that are not of their format: such a case is neither open nor absent. */
  readonly unreadable?: readonly string[];
}

/** A row of a case that is not of its format. It costs its own case, and nobody else's. */
export interface UnreadableRow {
  /** {@link caseKey} of its case, as far as the row's own key tells; the first 32 characters name the root. */
  readonly key: string;
}

/** Is told of rows that are left out. */
export type TellUnreadable = (row: UnreadableRow) => void;

export interface Ledger {
  /**
   * One point of truth for a root: head and open cases. They are read side by side; a case may be a moment older or newer
   * than the head, which `expected` settles when a unit is appended.
   */
  readRoot(chain: string, root: string): Promise<RootView>;
  /** Every open case of a chain. */
  openCases(chain: string, tell?: TellUnreadable): AsyncIterable<CaseRow>;
  /** Closed cases of a root that were closed at or after a time, newest last. */
  closedCases(chain: string, root: string, since: Date, tell?: TellUnreadable): Promise<readonly CaseRow[]>;
  /** Changes that were started in this hour, as the head counts them: one point read. */
  changesThisHour(chain: string): Promise<number>;
  /**
   * Commits a unit, together with other units of this process that wait for the same chain. A unit needs a row for each
   * entry, each case, and once more for each case that it closes: 99 at most.
   * @throws RemediationError `internal-error` for a unit that is not legal or holds a secret; then nothing was written.
   * @throws RemediationError `storage-unavailable`, `throttled`, or `identity-unavailable`; then the unit may
   * be there or not, and the caller looks again before it does anything.
   */
  append(unit: Unit): Promise<Commit>;
}
