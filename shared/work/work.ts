import type { JsonObject } from '../contract/json.ts';

/**
 * The source of a note: an event, a walk over everything, a wake of Leakstop itself, or a person who asks for a look.
 */
export const noteSources = [
  'event',
  'notification',
  'baseline',
  'sweep',
  'dead-letter',
  'wake',
  'look',
] as const;

/**
 * The reason to look at a root: one event, or a timer of Leakstop. It stays on the row until it has been dealt with.
 */
export interface Note {
  /** Id of the event, or a name from Leakstop such as `baseline:<run>`. A known id is ignored. */
  readonly id: string;
  /** Time of the event, ISO 8601. */
  readonly time: string;
  /** The resource that the event names: the root itself or one of its children. */
  readonly resource: string;
  readonly source: (typeof noteSources)[number];
  /** Azure operation, such as `Microsoft.Storage/storageAccounts/write`. */
  readonly operation?: string;
  /** The actor, as far as the event tells. */
  readonly actor?: JsonObject;
  /** The person who asked for the look, if somebody did. They wrote nothing, and so caused nothing. */
  readonly askedBy?: JsonObject;
  readonly correlationId?: string;
  readonly requestId?: string;
  readonly traceparent?: string;
}

/** The row of one root with something to do. */
export interface WorkRow {
  readonly root: string;
  /** Notes not dealt with yet, oldest first. */
  readonly notes: readonly Note[];
  /** Number of older notes that gave way; only the newest are kept. */
  readonly notesDropped?: number;
  /** When the latest finished observation of each resource began, by lower-case id. */
  readonly observed: Readonly<Record<string, string>>;
  /** Attempts in a row that ended in a transient error. */
  readonly attempts: number;
}

/** A row that only this worker may work on until the claim runs out. */
export interface Claim {
  readonly row: WorkRow;
  /** When the claim runs out. Every request made under it must have ended before. */
  readonly until: Date;
}

export type Begin =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  /** Somebody works on the root; the note is on its row and will be seen. */
  | {
      readonly kind: 'busy';
      /** Set for the one caller whose note made the row wake then: that caller sends the message. */
      readonly wakeAt?: Date;
    }
  /** The event was dealt with before, or is older than the last observation. */
  | { readonly kind: 'known' };

/** News on a row since a claim on it was taken. */
export interface News {
  readonly notes: readonly Note[];
  /** True if some of the news gave way to later news. */
  readonly isCut: boolean;
  /** Request ids of our own writes of the last hour, also those made under claims before this one. */
  readonly writes: readonly string[];
}

/** The result of the work. */
export interface WorkOutcome {
  /** When the observation of the claim's notes began; absent if there was none. */
  readonly observedAt?: Date;
  /**
   * The resources that were read, by id, and when each read began; only the root if absent. Nothing else counts as
   * seen.
   */
  readonly covered?: ReadonlyMap<string, Date>;
  /** When to look again: for a retry, an expiry or a late verification. */
  readonly wakeAt?: Date;
  /** True if the work ended in a transient error: its notes are kept and the attempt counts. */
  readonly failed?: boolean;
  /** Request ids of the writes that were made. */
  readonly writes?: readonly string[];
}

export interface WorkStore {
  /** Records the note and claims the row. Without a note (a wake) it only claims a row that is due. */
  begin(root: string, note?: Note): Promise<Begin>;
  /** Gives the row back. If notes came in since the observation began, it keeps the claim and says so. */
  finish(
    claim: Claim,
    outcome: WorkOutcome,
  ): Promise<{ readonly kind: 'released' } | { readonly kind: 'again'; readonly claim: Claim }>;
  /** News since the claim was taken: one read that leaves the claim as it is. @throws RemediationError */
  newsFor(claim: Claim): Promise<News>;
  /** Roots whose wake time, or abandoned claim, is past. Deletes rows that nobody needed for an hour. */
  due(): AsyncIterable<string>;
}
