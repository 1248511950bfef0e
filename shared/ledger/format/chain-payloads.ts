import { z } from 'zod';
import { erasurePayload } from './erasure.ts';
import type { ChainEntryKind } from './states.ts';
import { json, list, texts, time, word } from './payload-parts.ts';

/** A sweep's report on one subscription: evidence that it was read, or the gap. */
const coverage = z.object({
  subscription: z.string(),
  isCovered: z.boolean(),
  failure: z.object({ code: z.string(), action: z.string().optional() }).optional(),
  /** Number of resources seen, by lower-case type. */
  resources: z.record(z.string(), z.int()),
  looks: z.int(),
  unreadable: list(z.object({ resource: z.string(), code: z.string(), action: z.string().optional() })),
  unreadableCount: z.int(),
  hasTopic: z.boolean().optional(),
});

/** The ids of the first cases, the number of all cases, and the number of attempts to send the message. */
const notice = z.object({
  cases: texts,
  count: z.int(),
  about: z.string(),
  channel: z.string(),
  attempts: z.int(),
});

/** One unreadable event, or a sum of the events of an hour that were not recorded one by one. */
const unreadableEvents = z.union([
  z.object({ event: z.string(), reason: z.string(), hash: z.string() }),
  z.object({ events: z.int(), hour: time, reason: z.string() }),
]);

/** Reserved kinds, which nothing writes yet. */
const laidDown = z.record(z.string(), json);

/** Payload of an entry that belongs to no case, by kind. */
export const chainPayloads = {
  'baseline-started': laidDown,
  'baseline-completed': z.object({
    startedAt: time,
    completedAt: time,
    controls: texts,
    policy: z.string(),
    /** True if that policy turned some control off somewhere. */
    hasOff: z.boolean(),
    roots: z.int(),
  }),
  'signal-received': laidDown,
  'event-unreadable': unreadableEvents,
  'work-failed': z.object({ reason: z.string() }),
  'body-erased': erasurePayload.strip(),
  'checkpoint-contradicted': z.object({
    halt: z.int(),
    contradictions: list(
      z.object({
        kind: z.string(),
        chain: z.string().optional(),
        at: z.int(),
        hash: z.string().optional(),
      }),
    ),
  }),
  'policy-loaded': z.object({ policy: z.string(), before: z.string().optional(), at: time }),
  'policy-refused': z.object({
    document: z.string(),
    faults: texts,
    faultCount: z.int(),
    inForce: z.string().optional(),
  }),
  'kill-switch-seen': z.object({
    changes: word(['allowed', 'stopped']),
    because: word(['said', 'absent', 'malformed', 'unreadable']),
    by: z.string().optional(),
    reason: z.string().optional(),
  }),
  'sweep-completed': z.object({
    run: z.string(),
    startedAt: time,
    completedAt: time,
    subscriptions: list(coverage),
    stuckMessages: z.int().optional(),
  }),
  'notice-sent': notice,
  'notice-failed': notice,
  /** `turn` names the turn: whoever turned the switch waits for the entry of that id. */
  'kill-switch-turned': z.object({
    changes: word(['allowed', 'stopped']),
    reason: z.string(),
    turn: z.string().optional(),
  }),
  /** `id` names the decision or the turn, as far as it could be read; `code` is one of those that the API answers with. */
  'decision-refused': z.object({ id: z.string().optional(), code: z.string(), reason: z.string() }),
} as const satisfies Record<ChainEntryKind, z.ZodType>;
