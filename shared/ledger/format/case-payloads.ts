import { z } from 'zod';
import { type CaseEntryKind, closeReasons, holdReasons } from './states.ts';
import {
  actor,
  approval,
  change,
  countedFailure,
  differences,
  exposure,
  json,
  opener,
  refusal,
  severity,
  texts,
  time,
  unexplainedWrite,
  list,
  word,
} from './payload-parts.ts';

/** The policy and the rule that a decision rests on, and whether the drift opened while Leakstop watched. */
const basis = z.object({ policy: z.string(), rule: z.string(), witnessed: z.boolean() });

export type Basis = Readonly<z.input<typeof basis>>;

const openedUndo = z.object({
  undoes: z.string(),
  by: actor,
  owner: z.string(),
  reason: z.string(),
  until: time,
  severity,
});

const openedDrift = z.object({
  differences,
  severity,
  exposure: exposure.optional(),
  witnessed: z.boolean(),
  lastSeenInSync: time.optional(),
  firstSeenDrifted: time,
  opener,
  events: list(z.object({ id: z.string(), time, operation: z.string().optional() })),
});

/** A case of one of the engine's own controls: what cannot be observed, or a write that nothing explains. */
const openedByEngine = unexplainedWrite.partial().extend({ severity, firstSeenDrifted: time });

/** What a look at an open case brought; each entry says one thing. */
const observed = z.union([
  z.object({ differences, severity, exposure: exposure.optional() }),
  z.object({ opener }),
  countedFailure,
  unexplainedWrite,
  /** What is offered now; null for nothing. */
  z.object({ change: change.nullable() }),
  z.object({ missing: z.boolean() }),
  /** The case stands under another policy as it was decided. */
  z.object({ policy: z.string(), rule: z.string(), stands: z.literal(true) }),
  /** News has a hold tried again sooner. */
  z.object({ reason: word(holdReasons), until: time }),
]);

const escalated = z.discriminatedUnion('reason', [
  z.object({ reason: z.literal('past-due'), owner: z.string(), rule: z.string(), due: time }),
  z.object({ reason: z.literal('tug-of-war'), rounds: z.int(), withinMs: z.number(), writers: list(actor) }),
  z.object({ reason: z.literal('not-verifiable'), attempts: z.int() }),
  z.object({ reason: z.literal('unanswered'), asked: time, expired: time }),
]);

const decided = z.discriminatedUnion('decision', [
  basis.extend({
    decision: z.literal('change'),
    /** The rule that releases a drift which was not witnessed. */
    released: z.string().optional(),
    approval: approval.optional(),
  }),
  z.object({ decision: z.literal('undo'), undoes: z.string(), until: time, approval }),
]);

/** Beside the reason: why, until when, who exempted, who manages, who re-opens, what Azure says forbids it. */
const held = basis.partial().extend({
  reason: word(holdReasons),
  detail: z.string().optional(),
  guidance: z.string().optional(),
  until: time.optional(),
  refusal: refusal.optional(),
  mode: z.literal('off').optional(),
  managedBy: z.string().optional(),
  /** A tug-of-war. */
  rounds: z.int().optional(),
  withinMs: z.number().optional(),
  writers: list(actor).optional(),
  /** The breaker. */
  failures: z.int().optional(),
  /** A window of the policy. */
  opensAt: time.optional(),
  /** People left it open. */
  decisions: texts.optional(),
  by: texts.optional(),
  /** An exemption of the policy, or of Azure Policy. */
  owner: z.string().optional(),
  grounds: z.string().optional(),
  ticket: z.string().optional(),
  expires: time.optional(),
  azureExemption: z.string().optional(),
  category: z.string().optional(),
});

const asked = z.object({ change, proposal: z.string(), expires: time, because: z.string().optional() });

const requested = z.union([
  asked.extend(basis.shape),
  asked.extend({
    because: z.literal('undo'),
    /** What undo writes where a property was absent before. */
    absentBefore: z.record(z.string(), json).optional(),
    note: z.string().optional(),
  }),
]);

const recorded = z.object({
  decision: z.object({
    format: z.literal(1),
    id: z.string(),
    subscription: z.string(),
    caseId: z.string(),
    proposal: z.string(),
    verdict: word(['approve', 'deny', 'exempt', 'undo']),
    by: z.object({
      objectId: z.string(),
      tenantId: z.string(),
      name: z.string(),
      roles: texts,
      as: z.string(),
    }),
    reason: z.string(),
    at: time,
    until: time,
  }),
  signature: z.object({ keyId: z.string(), value: z.string() }),
});

const voided = z.object({
  decisions: list(
    z.object({
      id: z.string(),
      because: word(['not-signed', 'another-case', 'changed', 'expired', 'not-allowed']),
    }),
  ),
});

const applied = z.union([
  z.object({ requestId: z.string(), otherWriters: list(actor).optional() }),
  /** The answer was lost: which requests may have had the effect. */
  z.object({ answer: z.literal('unknown'), requestIds: texts }),
]);

/** What a look found that ends a case, or vouches for a change. */
const seen = z.object({ observedAt: time.optional(), notApplicable: z.string().optional() });

/** Beside the reason: the look that found it, or the failure with which an undo was given up. */
const closed = seen.extend({
  reason: word(closeReasons),
  otherWriters: list(actor).optional(),
  undoes: z.string().optional(),
  exemptUntil: time.optional(),
  undo: z.literal('not made').optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  at: time.optional(),
  /** The failures that a breaker counted have passed out of its window. */
  passed: z.literal(true).optional(),
});

/** Kinds that are laid down and that nothing writes yet. */
const laidDown = z.object({});

/** What an entry of a case says, by its kind. */
export const casePayloads = {
  'case-opened': z.union([openedUndo, countedFailure, openedDrift, openedByEngine]),
  'case-observed': observed,
  'case-reconsidered': z.object({ askedBy: actor.optional() }),
  'case-escalated': escalated,
  'case-decided': decided,
  'case-held': held,
  'decision-requested': requested,
  'decision-recorded': recorded,
  'decision-voided': voided,
  'change-intended': z.object({
    change: change.nullable(),
    requestId: z.string(),
    mergedWith: z.int(),
    approval: approval.optional(),
  }),
  'step-applied': laidDown,
  'change-waiting': laidDown,
  'change-resumed': laidDown,
  'change-withdrawn': z.object({
    reason: z.string(),
    code: z.string().optional(),
    requestIds: texts.optional(),
  }),
  'change-applied': applied,
  'change-verified': seen,
  'case-stuck': z.object({ reason: z.string() }),
  'case-failed': z.object({
    code: z.string(),
    action: z.string().optional(),
    refusal: refusal.optional(),
    message: z.string(),
    at: time,
  }),
  'case-closed': closed,
} as const satisfies Record<CaseEntryKind, z.ZodType>;
