/**
 * The life of a case, as data: every state, every kind of entry, and the legal moves. Writer and verifier use the same
 * tables. Later versions add kinds and reinterpret none.
 */

export const caseStates = [
  'open',
  'held',
  'awaiting-decision',
  'changing',
  'waiting',
  'verifying',
  'stuck',
  'failed',
  'closed',
] as const;
export type CaseState = (typeof caseStates)[number];

/** Reasons why an open case is left as it is. */
export const holdReasons = [
  /** The mode is `observe`. */
  'observe',
  /** An exemption covers the resource. */
  'exempt',
  /** The hour's budget of changes is used up. */
  'budget',
  /** The kill switch is on. */
  'kill-switch',
  /** Somebody re-opens the drifts that Leakstop closes. */
  'tug-of-war',
  /** A lock on the resource, or above it, stops the change. */
  'locked',
  /** A deny assignment on the resource, or above it, stops the change. */
  'deny-assignment',
  /** A write by our own identity that no intent of ours explains. */
  'unattributed',
  /** The drift stood open before Leakstop watched: a person has to release it. */
  'unwitnessed',
  /** No change is offered; the entry carries guidance for a person. */
  'not-offered',
  /** The resource group belongs to a managing resource (a Databricks workspace, a cluster), which would undo the change. */
  'managed',
  /** A freeze of the policy forbids automatic changes for a time. */
  'frozen',
  /** The policy allows automatic changes in certain hours only. */
  'outside-window',
  /** Too many changes of the control failed, which stops its automatic repair. */
  'breaker',
  /** A person decided to leave the drift open for a time. */
  'denied',
] as const;
export type HoldReason = (typeof holdReasons)[number];

export const closeReasons = ['fixed', 'gone', 'fixed-by-others', 'exempt', 'undone'] as const;
export type CloseReason = (typeof closeReasons)[number];

interface Move {
  /** States from which the entry is legal; `none` is a case that does not exist yet. */
  readonly from: readonly (CaseState | 'none')[];
  /** The state after the entry; `same` leaves the state alone. */
  readonly to: CaseState | 'same';
}

const everyOpenState = caseStates.filter((state) => state !== 'closed');

/** Entries that belong to a case. */
export const caseMoves = {
  'case-opened': { from: ['none'], to: 'open' },
  'case-observed': { from: everyOpenState, to: 'same' },
  'case-reconsidered': { from: ['held', 'awaiting-decision', 'stuck', 'failed'], to: 'open' },
  /** People were told that nobody has dealt with the case: it is past due, or a tug-of-war. */
  'case-escalated': { from: everyOpenState, to: 'same' },
  'case-decided': { from: ['open'], to: 'same' },
  'case-held': { from: ['open'], to: 'held' },
  'decision-requested': { from: ['open'], to: 'awaiting-decision' },
  'decision-recorded': { from: ['held', 'awaiting-decision', 'stuck', 'failed'], to: 'same' },
  /** Decisions no longer count: their subject changed, they expired, or nobody vouches for them. */
  'decision-voided': { from: everyOpenState, to: 'same' },
  'change-intended': { from: ['open'], to: 'changing' },
  'step-applied': { from: ['changing'], to: 'same' },
  'change-waiting': { from: ['changing'], to: 'waiting' },
  'change-resumed': { from: ['waiting'], to: 'changing' },
  'change-withdrawn': { from: ['changing'], to: 'open' },
  'change-applied': { from: ['changing'], to: 'verifying' },
  'change-verified': { from: ['verifying'], to: 'same' },
  'case-stuck': { from: ['changing', 'waiting', 'verifying'], to: 'stuck' },
  'case-failed': { from: ['open', 'changing', 'waiting', 'verifying'], to: 'failed' },
  'case-closed': { from: everyOpenState, to: 'closed' },
} as const satisfies Record<string, Move>;
export type CaseEntryKind = keyof typeof caseMoves;

/** Entries of a chain that belong to no case. */
export const chainEntryKinds = [
  'baseline-started',
  'baseline-completed',
  'signal-received',
  'event-unreadable',
  'work-failed',
  /** Bodies were erased; `erasure.ts` defines the payload. */
  'body-erased',
  /** A chain contradicts a checkpoint: changes are stopped. */
  'checkpoint-contradicted',
  /** A policy document came into force; its text lies under its hash. */
  'policy-loaded',
  /** A policy document was refused: the policy before it still holds. */
  'policy-refused',
  /** Somebody turned the kill switch; a write or a timer saw the turn. */
  'kill-switch-seen',
  /** Result of a sweep: what the sweep saw, the gaps and their reasons, and resources that should be guarded and are not. */
  'sweep-completed',
  /** A channel accepted a message about cases; nobody knows whether people read it. */
  'notice-sent',
  /** Leakstop gave up sending a message. */
  'notice-failed',
  /** Somebody turned the kill switch through the web app. */
  'kill-switch-turned',
  /** Something that was handed in was not recorded as such: forged, too late, or against the rules. */
  'decision-refused',
] as const;
export type ChainEntryKind = (typeof chainEntryKinds)[number];

export type EntryKind = CaseEntryKind | ChainEntryKind;

/** The state after an entry; undefined if the entry is illegal in that state. */
export function stateAfter(before: CaseState | 'none', kind: CaseEntryKind): CaseState | undefined {
  const move: Move = caseMoves[kind];
  if (!move.from.includes(before)) {
    return undefined;
  }
  return move.to === 'same' ? (before as CaseState) : move.to;
}
