import { z } from 'zod';
import { SignedDecision } from './decision.ts';
import { readAs } from '../read-as.ts';
import type { CaseRow } from '../ledger/ledger.ts';
import { Refusal } from '../refusal.ts';
import { closeReasons, holdReasons } from '../ledger/format/states.ts';
import { StoredChange } from './change-schema.ts';
import type { Conditions } from '../contract/condition.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import { asJson } from './stored.ts';

const JsonValue: z.ZodType<Json> = z.json();
const Actor = z.record(z.string(), JsonValue);

/** Who opened a drift, and how sure that is. */
const Opener = z.discriminatedUnion('grade', [
  z.object({ grade: z.literal('proven'), actor: Actor, event: z.string() }),
  z.object({ grade: z.literal('candidates'), actors: z.array(Actor) }),
  z.object({ grade: z.literal('unknown') }),
]);
export type Opener = z.infer<typeof Opener>;

/**
 * Why a case was escalated: it is past due, something re-opens it, it moves faster than it can be verified, or nobody answered
 * in the time that a question is open.
 */
export const escalationReasons = ['past-due', 'tug-of-war', 'not-verifiable', 'unanswered'] as const;
export type EscalationReason = (typeof escalationReasons)[number];

/** A closed case that was taken back. */
const Undo = z.object({
  caseId: z.string(),
  actor: Actor,
  owner: z.string(),
  reason: z.string(),
  until: z.string(),
  /** What the undo wrote: only that is permitted. */
  state: z.custom<Conditions>((value) => typeof value === 'object' && value !== null).optional(),
});
export type Undo = z.infer<typeof Undo>;

/** What the engine keeps of an open case in its row: everything that the next look needs. */
const CaseData = z.object({
  root: z.string(),
  resource: z.string(),
  control: z.string(),
  severity: z.enum(['low', 'medium', 'high', 'critical']),
  exposure: z.enum(['real', 'latent']).optional(),
  /** Whether the drift opened while Leakstop watched. */
  witnessed: z.boolean(),
  /** The drift opened between these two. */
  lastSeenInSync: z.string().optional(),
  firstSeenDrifted: z.string(),
  opener: Opener,
  differences: z.array(z.object({ path: z.string(), actual: JsonValue.optional(), desired: JsonValue })),
  hold: z
    .object({
      reason: z.enum(holdReasons),
      at: z.string(),
      /** When it ends by itself; a hold without it is ended by news or by a person. */
      until: z.string().optional(),
      /** What stands in the way, where Azure said so. */
      refusal: Refusal.optional(),
      /** Times in a row that the change met it. */
      times: z.int().positive().optional(),
      /** Times in a row that news had it tried before its time. */
      hurried: z.int().positive().optional(),
    })
    .optional(),
  /** Name of the policy under which it was last decided: another one is a reason to look again. */
  policy: z.string().optional(),
  failure: z
    .object({
      code: z.string(),
      action: z.string().optional(),
      refusal: Refusal.optional(),
      message: z.string(),
      at: z.string(),
    })
    .optional(),
  closed: z.enum(closeReasons).optional(),
  /** The question that people were asked last, and until when it stands. */
  asked: z.object({ at: z.string(), expires: z.string(), because: z.string().optional() }).optional(),
  /** What people decided since: the engine verifies each before it counts. */
  decisions: z.array(SignedDecision).optional(),
  /** People left it open and that no longer holds: they are asked again, whatever the mode. */
  leftOpen: z.literal(true).optional(),
  /** Who approved the change that is being made. */
  approval: z.object({ by: z.array(z.string()), decisions: z.array(z.string()) }).optional(),
  /** Sequences at which what was said of the case before ended: by them its story is found in the chain. */
  trail: z.array(z.int().positive()).optional(),
  /** What is offered. Stored whole with the first intent: from then on resumed as stored, never planned again. */
  change: StoredChange.optional(),
  /** Ids of the requests that carry out the change, by which their echo is known. */
  requestIds: z.array(z.string()),
  /** When the change that is under way was intended: in that hour it counts against the budget. */
  intendedAt: z.string().optional(),
  appliedAt: z.string().optional(),
  /** Who else wrote to the resource between the look on which the change rests and the answer to it: the closure may be theirs. */
  otherWriters: z.array(Actor).optional(),
  /** Who answers for it, and until when it is in time. */
  due: z.object({ at: z.string(), owner: z.string(), rule: z.string() }).optional(),
  /** Why people were told already that nobody has dealt with it. */
  escalated: z.array(z.enum(escalationReasons)).optional(),
  /** Of a case that undoes another one: which, and until when the drift is then permitted, by whom and why. */
  undo: Undo.optional(),
  /** Of a drift that an undo opened: the permission that came with it. */
  permission: Undo.optional(),
  /** Attempts in a row that Azure refused for good. */
  refusals: z.int().optional(),
  /** Since when Azure puts the change off, because something else is under way on the resource. */
  putOffSince: z.string().optional(),
  /** When the resource first answered that it is not there. */
  missingSince: z.string().optional(),
  /** Of a resource that cannot be observed: whether every child has to be read before it counts as observed. */
  needsWalk: z.boolean().optional(),
  /** Of the event that opened it: what is done later without one belongs to the same trace. */
  traceparent: z.string().optional(),
  /** Events that the case tells of already. */
  events: z.array(z.string()).optional(),
});
export type CaseData = z.infer<typeof CaseData>;

/** @throws RemediationError `malformed-input`: a row that cannot be read must not be taken for an absent case. */
export function readCaseData(row: CaseRow): CaseData {
  return readAs(CaseData, row.data, `the case "${row.caseId}"`);
}

/** Whether {@link readCaseData} can read a row. */
export function isReadable(row: CaseRow): boolean {
  return CaseData.safeParse(row.data).success;
}

export function writeCaseData(data: CaseData): JsonObject {
  return asJson(data) as JsonObject;
}
