import type { JsonObject } from '../contract/json.ts';
import type { Position } from './format/entry.ts';
import type { PayloadOf } from './format/read-payload.ts';
import type { ReserveLimits } from './write-reserve.ts';
import type { CaseEntryKind, CaseState, ChainEntryKind, EntryKind } from './format/states.ts';

/** An open case as its row holds it. `data` belongs to the engine; the ledger keeps it whole and never reads it. */
export interface CaseRow {
  /** {@link caseKey} of root, resource and control. */
  readonly key: string;
  /** Names this life of the case; a drift that opens again later has another id. */
  readonly caseId: string;
  readonly state: CaseState;
  /** Sequence of the case's last entry, which is the case's version. */
  readonly sequence: number;
  readonly data: JsonObject;
}

/** An entry to be appended. The ledger adds chain, sequence, time and hashes. */
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

/** The content of an entry. It never holds a secret. */
export interface EntryBody<K extends EntryKind = EntryKind> {
  readonly resource?: string;
  readonly control?: string;
  /** The person or program that acted: an Entra object id with known details, or `leakstop`. */
  readonly actor?: JsonObject;
  readonly traceparent?: string;
  readonly payload: PayloadOf<K>;
}

/** The change that one unit makes to one case. */
export interface CaseUpdate {
  readonly key: string;
  readonly caseId: string;
  /** The version that the writer saw; `absent` opens the case. */
  readonly expected: number | 'absent';
  /** The engine's data after the unit. */
  readonly data: JsonObject;
}

/** Entries that are committed together or not at all, with the rows that they change. */
export interface Unit {
  readonly chain: string;
  readonly entries: readonly NewEntry[];
  /** One for each case that `entries` mention. The entries determine the state afterwards. */
  readonly cases: readonly CaseUpdate[];
  /** Changes that this unit starts, counted under the head's ETag, and the most changes of an hour. */
  readonly changes?: {
    readonly count: number;
    readonly limitPerHour: number;
    /** The part of `count` that may use only a part of the hour's budget. */
    readonly ordinary?: { readonly count: number; readonly limitPerHour: number };
    /**
     * Changes that count against the chain's reserve and not against the hour; `floor` writes have to be left. `returned`:
     * withdrawn changes that had no effect.
     */
    readonly reserve?: {
      readonly count: number;
      readonly returned: number;
      readonly floor: number;
      readonly limits: ReserveLimits;
    };
    /** Times, ISO 8601, at which withdrawn changes were intended: they had no effect, and no longer count. */
    readonly withdrawn?: readonly string[];
  };
  /** Merged into the head's `data`, such as the finished baseline. */
  readonly head?: JsonObject;
  /** Writes nothing if the head's `data` already holds the members of `head`. News is told once, whoever sees it. */
  readonly onlyNews?: true;
}

export type Commit =
  | { readonly kind: 'committed'; readonly sequences: readonly number[] }
  /** A case is not as the writer saw it: the caller looks again. Nothing of the unit was written. */
  | { readonly kind: 'case-moved' }
  /** The unit's changes exceed the hour's budget. Nothing of the unit was written. */
  | { readonly kind: 'over-budget'; readonly used: number }
  /** The head already holds the news, and the unit wanted to write news only. Nothing of the unit was written. */
  | { readonly kind: 'known' };

/** The head and the open cases of one root. */
export interface RootView {
  /** The head's `data`; `{}` for a chain without entries. */
  readonly head: JsonObject;
  readonly openCases: readonly CaseRow[];
  /** {@link UnreadableRow.key} of malformed rows: such a case counts neither as open nor as absent. */
  readonly unreadable?: readonly string[];
}

/** A malformed row of a case. The row keeps its own case from being read, and no other. */
export interface UnreadableRow {
  /** {@link caseKey} of its case, as far as the row key tells; the first 32 characters name the root. */
  readonly key: string;
}

/** Receives rows that are left out. */
export type TellUnreadable = (row: UnreadableRow) => void;

export interface Ledger {
  /**
   * One point of truth for a root: head and open cases. Head and cases are read side by side; a case may be a moment older or
   * newer than the head. `expected` settles such differences when a unit is appended.
   */
  readRoot(chain: string, root: string): Promise<RootView>;
  /** The last entry of a chain that is to be believed. @throws RemediationError */
  end(chain: string): Promise<Position>;
  /** Every open case of a chain. */
  openCases(chain: string, tell?: TellUnreadable): AsyncIterable<CaseRow>;
  /** Closed cases of a root that were closed at or after a time, newest last. */
  closedCases(chain: string, root: string, since: Date, tell?: TellUnreadable): Promise<readonly CaseRow[]>;
  /** Changes that were started in this hour, as the head counts them: one point read. */
  changesThisHour(chain: string): Promise<number>;
  /**
   * Commits a unit, together with other units of this process that wait for the same chain. A unit needs a row for each
   * entry, a row for each case, and one more for each case that it closes: 99 at most.
   * @throws RemediationError `internal-error` for a unit that is illegal or holds a secret; then nothing was written.
   * @throws RemediationError `storage-unavailable`, `throttled`, or `identity-unavailable`; then the unit may be written or
   * not, and the caller looks again before it does anything.
   */
  append(unit: Unit): Promise<Commit>;
}
