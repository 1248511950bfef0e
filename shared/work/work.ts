import type { JsonObject } from '../contract/json.ts';

/** What a note comes from: an event or a walk over everything, a wake of our own, or somebody who asks for a look. */
export const noteSources = [
  'event',
  'notification',
  'baseline',
  'sweep',
  'dead-letter',
  'wake',
  'look',
] as const;

/** Why a root is to be looked at: one event, or a timer of ours. Kept with the row until it has been dealt with. */
export interface Note {
  /** Id of the event, or a name of our own such as `baseline:<run>`; what is known twice is done once. */
  readonly id: string;
  /** When it happened, ISO 8601. */
  readonly time: string;
  /** The resource that the event names; the root itself or one of its children. */
  readonly resource: string;
  readonly source: (typeof noteSources)[number];
  /** Azure operation, such as `Microsoft.Storage/storageAccounts/write`. */
  readonly operation?: string;
  /** Who did it, as far as the event tells. */
  readonly actor?: JsonObject;
  /** Who asked for the look, where somebody did. They wrote nothing, and so caused nothing. */
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
  /** How many older notes gave way to these; only the newest are kept. */
  readonly notesDropped?: number;
  /** When the last finished observation of each resource began, by lower-case id. */
  readonly observed: Readonly<Record<string, string>>;
  /** Attempts in a row that ended in a transient error. */
  readonly attempts: number;
  /** Request ids of our own recent writes, for recognising their echo. */
  readonly writes: readonly string[];
}

/** A row that this worker alone may work on until the claim runs out. */
export interface Claim {
  readonly row: WorkRow;
  /** When it runs out. Every request made under it must have ended before. */
  readonly until: Date;
}

export type Begin =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  /** Somebody works on it; the note is on the row and will be seen to. */
  | {
      readonly kind: 'busy';
      /** Given to the one whose note made the row wake then: it sends the message for it. */
      readonly wakeAt?: Date;
    }
  /** The event was dealt with before, or is older than the last observation. */
  | { readonly kind: 'known' };

/** What came on a row since a claim on it was taken. */
export interface News {
  readonly notes: readonly Note[];
  /** Whether some of it gave way to what came later. */
  readonly isCut: boolean;
  /** Request ids of our own recent writes, as in {@link WorkRow}. */
  readonly writes: readonly string[];
}

/** How the work ended. */
export interface Outcome {
  /** When the observation began that covered the claim's notes; absent when there was none. */
  readonly observedAt?: Date;
  /** What was read, by id, and when that began; the root alone when absent. Nothing else counts as seen. */
  readonly covered?: ReadonlyMap<string, Date>;
  /** Look again then: a retry, an expiry, a late verification. */
  readonly wakeAt?: Date;
  /** Whether the work ended in a transient error: its notes are kept and the attempts counted. */
  readonly failed?: boolean;
  /** Request ids of writes that were made. */
  readonly writes?: readonly string[];
}

export interface WorkStore {
  /** Records the note and claims the row. Without a note (a wake) only claims what is due. */
  begin(root: string, note?: Note): Promise<Begin>;
  /** Gives the row back; when notes came in since the observation began, keeps it and says so instead. */
  finish(
    claim: Claim,
    outcome: Outcome,
  ): Promise<{ readonly kind: 'released' } | { readonly kind: 'again'; readonly claim: Claim }>;
  /** Records request ids of writes that are about to be made, so that their echo is recognised even after a crash. */
  remember(claim: Claim, writes: readonly string[]): Promise<Claim>;
  /** What came since the claim was taken: one read, and the claim stays as it is. @throws RemediationError */
  newsFor(claim: Claim): Promise<News>;
  /** Roots whose wake time, or whose abandoned claim, has passed. Deletes rows nobody needed for an hour. */
  due(): AsyncIterable<string>;
}
