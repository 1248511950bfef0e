import { RemediationError } from '../errors.ts';
import type { Note, WorkOutcome } from './work.ts';
import type { WorkRecord } from './work-record.ts';

/** Times and bounds of the work store. */
export interface WorkSettings {
  /** Life of a claim. Every request under it has to end before the claim does. */
  readonly claimInMs: number;
  /**
   * An event counts as seen by an observation if it is older by at least this margin. Clocks differ, and Azure
   * Resource Manager may answer with a state from a moment ago. A large margin costs one read for each late event; a
   * small one could miss a drift until the next sweep.
   */
  readonly clockMarginInMs: number;
  /** Life of a row after its last need, and of a write's id. */
  readonly keepInMs: number;
  /**
   * Shortest time between the beginnings of two observations that events cause. A storm of events on one resource
   * then costs calls by the second and not by the event. 0 turns pacing off.
   */
  readonly paceInMs: number;
  readonly mostNotes: number;
  readonly mostKnownIds: number;
  readonly mostWrites: number;
  /** Most resources of a root whose latest observation is remembered. A forgotten one costs a read. */
  readonly mostObserved: number;
  /** First pause after a transient error without a wake time; it doubles up to `longestRetryInMs`. */
  readonly firstRetryInMs: number;
  readonly longestRetryInMs: number;
  /** Longest pause after an error, whoever asked for it. After it, events cause looks again. */
  readonly longestPauseInMs: number;
}

export const workSettings: WorkSettings = {
  claimInMs: 3 * 60_000,
  clockMarginInMs: 5 * 60_000,
  keepInMs: 60 * 60_000,
  paceInMs: 0,
  mostNotes: 40,
  mostKnownIds: 100,
  mostWrites: 200,
  mostObserved: 100,
  firstRetryInMs: 5_000,
  longestRetryInMs: 10 * 60_000,
  longestPauseInMs: 60 * 60_000,
};

/** A longer note loses its actor: rows have limits, and the event's id finds the rest. */
const longestNote = 8_000;

/** The result of one call of `begin`. */
export type BeginResult = 'claimed' | 'busy' | 'known' | 'paced';

export interface BegunWork {
  /** The record to store; absent if nothing changes. */
  readonly next?: WorkRecord;
  /** One result for each note, in order. */
  readonly results: readonly BeginResult[];
}

/**
 * Takes in notes that arrived together (undefined is a wake), and claims the root if it may be worked on now. Pure.
 */
export function begin(
  record: WorkRecord | undefined,
  root: string,
  notes: readonly (Note | undefined)[],
  context: { readonly now: Date; readonly claimId: string; readonly settings: WorkSettings },
): BegunWork {
  const { now, claimId, settings } = context;
  if (record?.claim?.id === claimId) {
    // Our own claim: the answer to its write was lost.
    return { results: claimFirst(notes.map(() => true)) };
  }
  let next = record ?? emptyRecord(root, now);
  const isWanted = notes.map((note) => {
    if (note === undefined) {
      return isDue(record, now);
    }
    if (next.notes.some((pending) => pending.note.id === note.id)) {
      return true;
    }
    if (!isWalk(note) && (next.known.includes(note.id) || isOlderThanObservation(next, note, settings))) {
      return false;
    }
    next = withNote(next, note, now, settings);
    return true;
  });
  if (!isWanted.includes(true) || !mayBeClaimed(next, record, notes, now)) {
    const results = notes.map((note, index): BeginResult =>
      isWanted[index] === true || (note === undefined && isClaimed(next, now)) ? 'busy' : 'known',
    );
    return { results, ...(next !== record && next.wanted > 0 && { next }) };
  }
  const paced = pacedUntil(next, notes, now, settings);
  if (paced !== undefined && !isDue(record, now)) {
    return pace(next, isWanted, paced);
  }
  return { results: claimFirst(isWanted), next: withClaim(next, claimId, now, settings) };
}

/** The earliest look that events may cause. Undefined means at once, as for every note that is no event. */
function pacedUntil(
  { observedAt }: WorkRecord,
  notes: readonly (Note | undefined)[],
  now: Date,
  { paceInMs }: WorkSettings,
): Date | undefined {
  const next = Date.parse(observedAt ?? '') + paceInMs;
  return next > now.getTime() && !notes.some(isAtOnce) ? new Date(next) : undefined;
}

/**
 * Leaves the notes on the row. The first note sets the time of the look. A later wake (an expiry, say) is scheduled
 * again by that look.
 */
function pace(record: WorkRecord, isWanted: readonly boolean[], until: Date): BegunWork {
  const results = isWanted.map((wanted): BeginResult => (wanted ? 'busy' : 'known'));
  if (record.wakeAt !== undefined && Date.parse(record.wakeAt) <= until.getTime()) {
    return { results, next: record };
  }
  results[isWanted.indexOf(true)] = 'paced';
  return { results, next: { ...record, wakeAt: until.toISOString() } };
}

/** `before` is the row without the new notes. Only work that was due already, or a walk, cuts a pause short. */
function mayBeClaimed(
  record: WorkRecord,
  before: WorkRecord | undefined,
  notes: readonly (Note | undefined)[],
  now: Date,
): boolean {
  return (
    !isClaimed(record, now) && (!isBackingOff(record, now) || isDue(before, now) || notes.some(isAtOnce))
  );
}

/**
 * True for a note from a walk over everything. A walk finds what the row does not know, so a resource that the row
 * counts as seen or known is looked at all the same.
 */
function isWalk(note: Note | undefined): boolean {
  return note?.source === 'baseline' || note?.source === 'sweep';
}

/**
 * True for a note that waits for no pause. A walk has a pace of its own, and a person waits for the look that they
 * asked for, of which there are few. Any other look comes from events, which may be a storm.
 */
function isAtOnce(note: Note | undefined): boolean {
  return isWalk(note) || (note?.source === 'look' && note.askedBy !== undefined);
}

function claimFirst(isWanted: readonly boolean[]): BeginResult[] {
  const results = isWanted.map((wanted): BeginResult => (wanted ? 'busy' : 'known'));
  const first = isWanted.indexOf(true);
  return first < 0 ? results : results.with(first, 'claimed');
}

/** Gives a claim back. `isAgain`: notes came in since it was taken, and the claim goes on with those. Pure. */
export function finish(
  record: WorkRecord | undefined,
  claim: { readonly id: string; readonly wanted: number },
  outcome: WorkOutcome,
  context: { readonly now: Date; readonly random: number; readonly settings: WorkSettings },
): { readonly next?: WorkRecord; readonly isAgain: boolean } {
  const { now, settings } = context;
  if (record !== undefined && record.claim?.id !== claim.id && record.releasedClaim === claim.id) {
    return { isAgain: false };
  }
  const held = withWrites(ensureHeld(record, claim.id), outcome.writes ?? [], now, settings);
  if (outcome.failed === true) {
    const wakeAt = outcome.wakeAt ?? retryAt(held.attempts, context);
    return {
      next: { ...released(held, now), attempts: held.attempts + 1, wakeAt: wakeAt.toISOString() },
      isAgain: false,
    };
  }
  const notes = held.notes.filter(({ number }) => number > claim.wanted);
  const dealtWith: WorkRecord = {
    ...held,
    notes,
    dropped: held.wanted - claim.wanted - notes.length,
    attempts: 0,
    ...(outcome.observedAt && withObservation(held, outcome.observedAt, outcome.covered, settings)),
  };
  if (held.wanted > claim.wanted) {
    return { next: withClaim(dealtWith, claim.id, now, settings), isAgain: true };
  }
  const next = released(dealtWith, now);
  return { next: outcome.wakeAt ? { ...next, wakeAt: outcome.wakeAt.toISOString() } : next, isAgain: false };
}

/** When something happens to the row: its claim runs out, it wakes, or it is no longer needed. */
export function dueAt(record: WorkRecord, settings: WorkSettings): string {
  if (record.claim) {
    return record.claim.until;
  }
  if (record.wakeAt !== undefined) {
    return record.wakeAt;
  }
  return record.notes.length > 0
    ? record.touchedAt
    : new Date(Date.parse(record.touchedAt) + settings.keepInMs).toISOString();
}

/** True if a row has nothing left to do and can be deleted once it is due. */
export function isIdle(record: WorkRecord): boolean {
  return !record.claim && record.wakeAt === undefined && record.notes.length === 0;
}

/** Stands in for an unreadable row: due at once, with unknown notes. */
export function lostRecord(root: string, now: Date): WorkRecord {
  return { ...emptyRecord(root, now), dropped: 1, wakeAt: now.toISOString() };
}

function emptyRecord(root: string, now: Date): WorkRecord {
  return {
    root,
    wanted: 0,
    notes: [],
    dropped: 0,
    known: [],
    observed: {},
    attempts: 0,
    writes: [],
    touchedAt: now.toISOString(),
  };
}

function isClaimed(record: WorkRecord, now: Date): boolean {
  return record.claim !== undefined && Date.parse(record.claim.until) > now.getTime();
}

/** True for an abandoned claim, a wake time that has come, or notes that nobody took up. */
function isDue(record: WorkRecord | undefined, now: Date): boolean {
  if (!record || isClaimed(record, now)) {
    return false;
  }
  if (record.claim) {
    return true;
  }
  return record.wakeAt === undefined ? record.notes.length > 0 : Date.parse(record.wakeAt) <= now.getTime();
}

/**
 * After a transient error a new event does not cut the pause short: a storm of events must not become a storm of
 * calls.
 */
function isBackingOff(record: WorkRecord, now: Date): boolean {
  return record.attempts > 0 && record.wakeAt !== undefined && Date.parse(record.wakeAt) > now.getTime();
}

function isOlderThanObservation(record: WorkRecord, note: Note, settings: WorkSettings): boolean {
  const observedAt = record.observed[keyOf(note.resource)];
  return (
    observedAt !== undefined && Date.parse(note.time) < Date.parse(observedAt) - settings.clockMarginInMs
  );
}

/** Only resources that were read count as seen, not those beside them. */
function withObservation(
  record: WorkRecord,
  observedAt: Date,
  covered: ReadonlyMap<string, Date> = new Map([[record.root, observedAt]]),
  settings: WorkSettings,
): Pick<WorkRecord, 'observedAt' | 'observed'> {
  const seen = [...covered].map(([id, at]) => [keyOf(id), later(record.observed[keyOf(id)], at)] as const);
  const kept = Object.entries(record.observed).filter(([id]) => !seen.some(([key]) => key === id));
  return {
    observedAt: later(record.observedAt, observedAt),
    observed: Object.fromEntries([...kept, ...seen].slice(-settings.mostObserved)),
  };
}

function keyOf(id: string): string {
  return id.toLowerCase().replace(/\/+$/, '');
}

function withNote(record: WorkRecord, note: Note, now: Date, settings: WorkSettings): WorkRecord {
  const { actor, ...withoutActor } = note;
  const kept = actor !== undefined && JSON.stringify(note).length > longestNote ? withoutActor : note;
  const wanted = record.wanted + 1;
  const notes = [...record.notes, { number: wanted, note: kept }];
  return {
    ...record,
    wanted,
    notes: newest(notes, record.root, settings.mostNotes),
    dropped: record.dropped + Math.max(0, notes.length - settings.mostNotes),
    known: [...record.known, note.id].slice(-settings.mostKnownIds),
    touchedAt: now.toISOString(),
  };
}

/**
 * The newest notes. Older notes on a resource that has a newer one give way first, then the oldest notes on children:
 * a flood of events on children must not drown the event on the root.
 */
function newest(notes: WorkRecord['notes'], root: string, most: number): WorkRecord['notes'] {
  const left = [...notes];
  while (left.length > most) {
    const doubled = left.findIndex(({ note }, index) =>
      left.some((other, place) => place > index && keyOf(other.note.resource) === keyOf(note.resource)),
    );
    const child = left.findIndex(({ note }) => keyOf(note.resource) !== keyOf(root));
    left.splice(Math.max(0, doubled >= 0 ? doubled : child), 1);
  }
  return left;
}

function withClaim(record: WorkRecord, id: string, now: Date, settings: WorkSettings): WorkRecord {
  const { wakeAt: _, ...awake } = record;
  const until = new Date(now.getTime() + settings.claimInMs).toISOString();
  // A claim that was never given back counts as a failed attempt.
  const isTakenOver = record.claim !== undefined && record.claim.id !== id;
  return {
    ...awake,
    attempts: record.attempts + (isTakenOver ? 1 : 0),
    claim: { id, until, wanted: record.wanted },
    touchedAt: now.toISOString(),
  };
}

function released(record: WorkRecord, now: Date): WorkRecord {
  const { claim, wakeAt: _, ...free } = record;
  return { ...free, ...(claim && { releasedClaim: claim.id }), touchedAt: now.toISOString() };
}

function withWrites(
  record: WorkRecord,
  ids: readonly string[],
  now: Date,
  settings: WorkSettings,
): WorkRecord {
  const since = new Date(now.getTime() - settings.keepInMs).toISOString();
  const recent = record.writes.filter(({ id, at }) => at >= since && !ids.includes(id));
  const writes = [...recent, ...ids.map((id) => ({ id, at: now.toISOString() }))];
  return { ...record, writes: writes.slice(-settings.mostWrites) };
}

function ensureHeld(record: WorkRecord | undefined, claimId: string): WorkRecord {
  if (record?.claim?.id !== claimId) {
    throw expired(record?.root ?? '');
  }
  return record;
}

function expired(root: string): RemediationError {
  return new RemediationError('claim-expired', `Cannot go on with "${root}": the claim ran out`);
}

function later(one: string | undefined, other: Date): string {
  return one !== undefined && Date.parse(one) > other.getTime() ? one : other.toISOString();
}

function retryAt(
  attempts: number,
  { now, random, settings }: { readonly now: Date; readonly random: number; readonly settings: WorkSettings },
): Date {
  const pause = Math.min(settings.firstRetryInMs * 2 ** attempts, settings.longestRetryInMs);
  return new Date(now.getTime() + pause * (0.5 + random / 2));
}
