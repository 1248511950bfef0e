import { z } from 'zod';
import { misshapen } from './canonical.ts';
import { type Body, parseBody } from './entry.ts';
import { sha256Pattern } from './json.ts';

/** Kind of the entry that records an erasure. It stands later in the chain whose bodies it erased. */
export const erasureKind = 'body-erased';

/** Schema of the record of an erasure. */
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
 * Payload of a `body-erased` entry: the erased bodies of the same chain, each with the hash in its header, the reason, and
 * the authority that may ask for the erasure. A body that is missing without such a record is a fault.
 */
export type Erasure = Readonly<Omit<z.infer<typeof erasurePayload>, 'masked'>>;

/**
 * Payload of a record, with its entries in the order of the chain.
 * @throws LedgerFormatError for a record that names no entry, no reason or no authority.
 */
export function makeErasure(erasure: Erasure): Erasure {
  const entries = erasure.entries.toSorted((one, other) => one.sequence - other.sequence);
  return checked({ ...erasure, entries });
}

/**
 * Reads the text of a record's body.
 * @throws LedgerFormatError if the body is not that of a record.
 */
export function parseErasure(bodyText: string): Erasure {
  return erasureOf(parseBody(bodyText));
}

/**
 * Reads the body of a record.
 * @throws LedgerFormatError if the body is not that of a record.
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
