import { z } from 'zod';
import { misshapen } from './canonical.ts';
import { type Body, parseBody } from './entry.ts';
import { sha256Pattern } from './json.ts';

/** Kind of the entry that records an erasure. It stands later in the chain whose bodies it erased. */
export const erasureKind = 'body-erased';

/** What the record of an erasure holds. */
export const erasurePayload = z.strictObject({
  entries: z
    .array(z.strictObject({ sequence: z.int().positive(), bodyHash: z.string().regex(sha256Pattern) }))
    .min(1),
  reason: z.string().min(1),
  authority: z.string().min(1),
  /** The ledger's own note that it took a secret out of one of the texts. */
  masked: z.strictObject({ texts: z.int().positive(), places: z.array(z.string()) }).optional(),
});

/**
 * Payload of a `body-erased` entry: which bodies of the same chain, each with the hash by which it was known, why, and
 * who may ask for it. A body that is missing without such a record is a fault.
 */
export type Erasure = Readonly<Omit<z.infer<typeof erasurePayload>, 'masked'>>;

/**
 * Payload of a record, entries in the order of the chain.
 * @throws LedgerFormatError for a record that names nothing, or no reason or authority.
 */
export function makeErasure(erasure: Erasure): Erasure {
  const entries = erasure.entries.toSorted((one, other) => one.sequence - other.sequence);
  return checked({ ...erasure, entries });
}

/**
 * What a record erased, from its body's text.
 * @throws LedgerFormatError when the body is not that of a record.
 */
export function parseErasure(bodyText: string): Erasure {
  return erasureOf(parseBody(bodyText));
}

/**
 * What a record erased.
 * @throws LedgerFormatError when the body is not that of a record.
 */
export function erasureOf(body: Body): Erasure {
  return checked(body.payload);
}

function checked(payload: unknown): Erasure {
  const result = erasurePayload.safeParse(payload);
  if (!result.success) {
    throw misshapen('record of an erasure', result.error);
  }
  return result.data;
}
