import { z } from 'zod';
import { SignedDecision } from './decision.ts';
import { readAs } from '../read-as.ts';
import type { CaseRow } from '../ledger/ledger.ts';
import { Refusal } from '../refusal.ts';
import { closeReasons, holdReasons } from '../ledger/format/states.ts';
import { actor as Actor, json as JsonValue } from '../ledger/format/payload-parts.ts';
import { StoredChange } from './change-schema.ts';
import { Rounds } from './rounds.ts';
import type { Conditions } from '../contract/condition.ts';
import type { JsonObject } from '../contract/json.ts';
import { asJson } from '../contract/json.ts';

/** Who opened a drift, and how certain Leakstop is. */
const Opener = z.discriminatedUnion('grade', [
  z.object({ grade: z.literal('proven'), actor: Actor, event: z.string() }),
  z.object({ grade: z.literal('candidates'), actors: z.array(Actor) }),
  z.object({ grade: z.literal('unknown') }),
]);
export type Opener = z.infer<typeof Opener>;

/**
 * Why a case was escalated: it is past due, somebody keeps re-opening the drift, the drift moves faster than it can
 * be verified, or nobody answered before the question expired.
 */
export const escalationReasons = ['past-due', 'tug-of-war', 'not-verifiable', 'unanswered'] as const;
export type EscalationReason = (typeof escalationReasons)[number];

/** The undo of a closed case. */
const Undo = z.object({
  caseId: z.string(),
  actor: Actor,
  owner: z.string(),
  reason: z.string(),
  until: z.string(),
  /** The conditions that the undo wrote: no other drift is permitted. */
  state: z.custom<Conditions>((value) => typeof value === 'object' && value !== null).optional(),
});
export type Undo = z.infer<typeof Undo>;

/** The engine's record of an open case, as its row holds it: everything that the next look needs. */
const CaseData = z.object({
  root: z.string(),
  resource: z.string(),
  control: z.string(),
  severity: z.enum(['low', 'medium', 'high', 'critical']),
  exposure: z.enum(['real', 'latent']).optional(),
  /** True if the drift opened while Leakstop watched. */
  witnessed: z.boolean(),
  /** The drift opened between `lastSeenInSync` and `firstSeenDrifted`. */
  lastSeenInSync: z.string().optional(),
  firstSeenDrifted: z.string(),
  opener: Opener,
  differences: z.array(z.object({ path: z.string(), actual: JsonValue.optional(), desired: JsonValue })),
  hold: z
    .object({
      reason: z.enum(holdReasons),
      at: z.string(),
      /** Id of what Azure holds the case by: an exemption of Azure Policy, or a resource that manages the group. */
      by: z.string().optional(),
      /** When the hold ends by itself. Without it, only news or a person ends the hold. */
      until: z.string().optional(),
      /** The lock, policy or deny assignment in the way, where Azure named one. */
      refusal: Refusal.optional(),
      /** Times in a row that the change was refused for the same reason. */
      times: z.int().positive().optional(),
      /** Times in a row that news made Leakstop try before `until`. */
      hurried: z.int().positive().optional(),
    })
    .optional(),
  /** Name of the policy under which the case was last decided: another policy is a reason to look again. */
  policy: z.string().optional(),
  failure: z
    .object({
      code: z.string(),
      action: z.string().optional(),
      refusal: Refusal.optional(),
      message: z.string(),
      at: z.string(),
      /** When news has the change tried again, sooner than its rest ends. */
      until: z.string().optional(),
    })
    .optional(),
  closed: z.enum(closeReasons).optional(),
  /** The latest question to people, and when it expires. */
  asked: z.object({ at: z.string(), expires: z.string(), because: z.string().optional() }).optional(),
  /** Answers of people to that question. The engine verifies each before it counts. */
  decisions: z.array(SignedDecision).optional(),
  /** People left the drift open, and that permission no longer holds: they are asked again, whatever the mode. */
  leftOpen: z.literal(true).optional(),
  /** The people who approved the change that is being made, and their decisions. */
  approval: z.object({ by: z.array(z.string()), decisions: z.array(z.string()) }).optional(),
  /** Sequences at which earlier stretches of the case's entries end. They lead to its story in the chain. */
  trail: z.array(z.int().positive()).optional(),
  /**
   * The offered change. The first intent stores it whole; from then on it is resumed as stored, never planned again.
   */
  change: StoredChange.optional(),
  /** Ids of the requests that carry out the change. Their echo is known by these ids. */
  requestIds: z.array(z.string()),
  /** Set if the change draws on the reserve and not on the budget: so many writes have to be left after it. */
  reserve: z.object({ floor: z.number() }).optional(),
  /** Earlier closings of the same drift, if there were any. */
  rounds: Rounds.optional(),
  /** When the change under way was intended: it counts against the budget of that hour. */
  intendedAt: z.string().optional(),
  appliedAt: z.string().optional(),
  /**
   * Other writers to the resource between the look on which the change rests and its answer: the closure may be
   * theirs.
   */
  otherWriters: z.array(Actor).optional(),
  /** The owner who answers for the case, and the time by which it must be closed. */
  due: z.object({ at: z.string(), owner: z.string(), rule: z.string() }).optional(),
  /** Reasons for which people were already told that nobody has dealt with the case. */
  escalated: z.array(z.enum(escalationReasons)).optional(),
  /** Only in a case that undoes another: which case, and until when, by whom and why the drift is then permitted. */
  undo: Undo.optional(),
  /** Only for a drift that an undo opened: the permission that came with the undo. */
  permission: Undo.optional(),
  /** Attempts in a row that Azure refused for good. */
  refusals: z.int().optional(),
  /** Since when Azure puts the change off, because another operation runs on the resource. */
  putOffSince: z.string().optional(),
  /** When the resource first answered 404. */
  missingSince: z.string().optional(),
  /** Only for an unobservable resource: true if every child has to be read before the resource counts as observed. */
  needsWalk: z.boolean().optional(),
  /** Trace of the event that opened the case: later work without an event belongs to the same trace. */
  traceparent: z.string().optional(),
  /** Ids of the events that the case already tells of. */
  events: z.array(z.string()).optional(),
});
export type CaseData = z.infer<typeof CaseData>;

/** @throws RemediationError `malformed-input`: an unreadable row must not be taken for an absent case. */
export function readCaseData(row: CaseRow): CaseData {
  return readAs(CaseData, row.data, `the case "${row.caseId}"`);
}

/** True if {@link readCaseData} can read the row. */
export function isReadable(row: CaseRow): boolean {
  return CaseData.safeParse(row.data).success;
}

export function writeCaseData(data: CaseData): JsonObject {
  return asJson(data) as JsonObject;
}
