import { z } from 'zod';
import type { Json, JsonObject } from './json.ts';

/** ISO 8601. Readers show a text that is no time as it stands. */
export const time = z.string();

/** Any JSON value: what Azure answered for a property, for instance. */
export const json = z.json() as unknown as z.ZodType<Json, Json>;

/**
 * Who did something: an Entra object id with what is known of it, or `leakstop`. What JSON.parse made is JSON: only its
 * being an object is in question.
 */
export const actor = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);

/** Several of a kind. Writers may pass a list that they must not change. */
export function list<T extends z.ZodType>(item: T): z.ZodReadonly<z.ZodArray<T>> {
  return z.array(item).readonly();
}

export const texts = list(z.string());

/** One of a list that a later version may add to: writers use the words below, and readers take any. */
export function word<const T extends string>(_words: readonly T[]): z.ZodType<string, T> {
  return z.string() as unknown as z.ZodType<string, T>;
}

/** The people who approved a change, by object id, and their decisions, by id. */
export const approval = z.object({ by: texts, decisions: texts });

const condition = z.union([z.object({ is: json }), z.object({ absent: z.literal(true) })]);
const conditions = z.record(z.string(), condition);

/** The ordered steps of a change, what may stop working, and whether it can be taken back. */
export const change = z.object({
  steps: list(z.object({ kind: z.string(), target: z.string(), before: conditions, after: conditions })),
  impact: z.string(),
  undo: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('exact'), note: z.string().optional() }),
    z.object({
      kind: z.literal('default'),
      note: z.string(),
      values: z.record(z.string(), json).optional(),
    }),
    z.object({ kind: z.literal('none'), note: z.string() }),
  ]),
});

/** Properties that are not as the control wants them. */
export const differences = list(z.object({ path: z.string(), actual: json.optional(), desired: json }));

export const severity = word(['low', 'medium', 'high', 'critical']);
export const exposure = word(['real', 'latent']);

/** Who opened a drift, and how sure that is. */
export const opener = z.discriminatedUnion('grade', [
  z.object({ grade: z.literal('proven'), actor, event: z.string() }),
  z.object({ grade: z.literal('candidates'), actors: list(actor) }),
  z.object({ grade: z.literal('unknown') }),
]);

const named = z.object({ id: z.string(), name: z.string().optional() });

/** What stands in the way of a write, as Azure's refusal names it. */
export const refusal = z.discriminatedUnion('by', [
  z.object({ by: z.literal('lock'), scopes: texts, locks: texts.optional() }),
  z.object({ by: z.literal('policy'), assignments: list(named), definitions: list(named) }),
  z.object({
    by: z.literal('deny-assignment'),
    id: z.string().optional(),
    name: z.string().optional(),
    scope: z.string().optional(),
  }),
]);

/** A write by our own identity that no intent explains. `writer`: who the event says made it. */
export const unexplainedWrite = z.object({
  event: z.string(),
  time,
  operation: z.string().optional(),
  writer: actor.optional(),
});
export type UnexplainedWrite = Readonly<z.input<typeof unexplainedWrite>>;

/** One failure of automatic repair, as the breaker of its control counts it; `failures`: how many it counts by then. */
export const countedFailure = z.object({
  failure: z.string(),
  kind: word(['not-converged', 'undone']),
  of: z.string(),
  failures: z.int(),
});
export type CountedFailure = Readonly<z.input<typeof countedFailure>>;
