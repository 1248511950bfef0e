import { z } from 'zod';
import type { Json, JsonObject } from './json.ts';

/** ISO 8601. Readers show a malformed time as it stands. */
export const time = z.string();

/**
 * A value that a schema accepts, handed on as it came: a parsed record lacks a member named `__proto__`, and what is
 * shown or stored must hash to what was signed.
 *
 * @param error Names what was expected, such as `expected JSON`.
 */
export function asItCame<Value>(schema: z.ZodType<Value>, error: string): z.ZodType<Value, Value> {
  const isAccepted = (value: unknown): boolean => schema.safeParse(value).success;
  return z.unknown().refine(isAccepted, { error, abort: true }) as unknown as z.ZodType<Value, Value>;
}

/** Any JSON value, for instance Azure's value of a property. */
export const json = asItCame<Json>(z.json(), 'expected JSON');

/**
 * The actor: an Entra object id with known details, or `leakstop`. The result of JSON.parse is JSON in any case, so the
 * schema checks only that it is an object.
 */
export const actor = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);

/** A list. Writers may pass a list that they must not change. */
export function list<T extends z.ZodType>(item: T): z.ZodReadonly<z.ZodArray<T>> {
  return z.array(item).readonly();
}

export const texts = list(z.string());

/** A word of a list that a later version may extend: writers use the listed words, readers accept any. */
export function word<const T extends string>(_words: readonly T[]): z.ZodType<string, T> {
  return z.string() as unknown as z.ZodType<string, T>;
}

/** The people who approved a change, by object id, and their decisions, by id. */
export const approval = z.object({ by: texts, decisions: texts });

const condition = z.union([z.object({ is: json }), z.object({ absent: z.literal(true) })]);
/** Conditions by the path of a property. No property has the path `__proto__`, and the record does not look at it. */
const conditions = asItCame(z.record(z.string(), condition), 'expected conditions').refine(
  (value) => !Object.hasOwn(value, '__proto__'),
  'expected conditions',
);

/** The ordered steps of a change, its impact, and its undo. */
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

/** Properties whose values differ from those that the control wants. */
export const differences = list(z.object({ path: z.string(), actual: json.optional(), desired: json }));

export const severity = word(['low', 'medium', 'high', 'critical']);
export const exposure = word(['real', 'latent']);

/** The actor who opened a drift, and the certainty of that. */
export const opener = z.discriminatedUnion('grade', [
  z.object({ grade: z.literal('proven'), actor, event: z.string() }),
  z.object({ grade: z.literal('candidates'), actors: list(actor) }),
  z.object({ grade: z.literal('unknown') }),
]);

const named = z.object({ id: z.string(), name: z.string().optional() });

/** The obstacle to a write, as Azure's refusal names it. */
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

/** A write by our own identity that no intent explains. `writer` is the author that the event names. */
export const unexplainedWrite = z.object({
  event: z.string(),
  time,
  operation: z.string().optional(),
  writer: actor.optional(),
});
export type UnexplainedWrite = Readonly<z.input<typeof unexplainedWrite>>;

/** One failure of automatic repair, counted by the breaker of its control. `failures` is the count including this one. */
export const countedFailure = z.object({
  failure: z.string(),
  kind: word(['not-converged', 'undone']),
  of: z.string(),
  failures: z.int(),
});
export type CountedFailure = Readonly<z.input<typeof countedFailure>>;
