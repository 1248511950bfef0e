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

/** A case of one of the engine's own controls: a resource that cannot be observed, or a write that nothing explains. */
const openedByEngine = unexplainedWrite.partial().extend({ severity, firstSeenDrifted: time });

/** Results of a look at an open case; each entry tells one of them. */
const observed = z.union([
  z.object({ differences, severity, exposure: exposure.optional() }),
  z.object({ opener }),
  countedFailure,
  unexplainedWrite,
  /** The change that is offered now; null for none. */
  z.object({ change: change.nullable() }),
  z.object({ missing: z.boolean() }),
  /** The policy changed, and the decision on the case is the same under the new one. */
  z.object({ policy: z.string(), rule: z.string(), stands: z.literal(true) }),
  /** News makes the engine try a case sooner that is held, for this reason, or was refused. */
  z.object({ reason: word(holdReasons).optional(), until: time }),
]);

const escalated = z.discriminatedUnion('reason', [
  z.object({ reason: z.literal('past-due'), owner: z.string(), rule: z.string(), due: time }),
  z.object({
    reason: z.literal('tug-of-war'),
    rounds: z.int(),
    withinMs: z.number(),
    writers: list(actor),
    /** Set if the drift is closed again each time: since when, how often, and for how long it stood open in between. */
    closed: z.object({ since: time, count: z.int(), openMs: z.number(), overMs: z.number() }).optional(),
    /** Measures that whoever opens it cannot undo, for people to carry out. */
    measures: list(z.object({ measure: z.string(), command: z.string() })).optional(),
  }),
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

/**
 * Details beside the reason: cause, end, who granted the exemption, who manages the resource, who re-opens the drift, and the
 * lock or assignment that Azure names.
 */
const held = basis.partial().extend({
  reason: word(holdReasons),
  detail: z.string().optional(),
  guidance: z.string().optional(),
  until: time.optional(),
  refusal: refusal.optional(),
  mode: z.literal('off').optional(),
  managedBy: z.string().optional(),
  /** For `tug-of-war`. */
  rounds: z.int().optional(),
  withinMs: z.number().optional(),
  writers: list(actor).optional(),
  /** For `breaker`. */
  failures: z.int().optional(),
  /** For `outside-window`. */
  opensAt: time.optional(),
  /** For `denied`. */
  decisions: texts.optional(),
  by: texts.optional(),
  /** For `exempt`: an exemption of the policy, or of Azure Policy. */
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
    /** Values that undo writes to properties that were absent before. */
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
      appId: z.string().optional(),
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
  /** The answer was lost. `requestIds` names the requests that may have had the effect. */
  z.object({ answer: z.literal('unknown'), requestIds: texts }),
]);

/** The look that ends a case, or that vouches for a change. */
const seen = z.object({ observedAt: time.optional(), notApplicable: z.string().optional() });

/** Details beside the reason: the look that found it, or the failure that ended an undo. */
const closed = seen.extend({
  reason: word(closeReasons),
  otherWriters: list(actor).optional(),
  undoes: z.string().optional(),
  exemptUntil: time.optional(),
  undo: z.literal('not made').optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  at: time.optional(),
  /** The failures that a breaker counted are now older than its window. */
  passed: z.literal(true).optional(),
});

/** Reserved kinds, which nothing writes yet. */
const laidDown = z.object({});

/** Payload of an entry of a case, by kind. */
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
