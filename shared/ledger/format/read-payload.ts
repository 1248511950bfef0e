import type { z } from 'zod';
import type { EntryKind } from './states.ts';
import { casePayloads } from './case-payloads.ts';
import { chainPayloads } from './chain-payloads.ts';

/** The schema of each kind's payload. Writers and readers both take their types from this table. */
export const payloadSchemas = { ...casePayloads, ...chainPayloads } as const satisfies Record<
  EntryKind,
  z.ZodType
>;

type Schemas = typeof payloadSchemas;

/** Payload that a writer gives for an entry of a kind. */
export type PayloadOf<K extends EntryKind> = Readonly<z.input<Schemas[K]>>;

/** Payload that a reader gets from an entry of a kind: words of later versions are plain texts to it. */
export type PayloadRead<K extends EntryKind> = Readonly<z.output<Schemas[K]>>;

/** A kind and the payload that a writer gives for it. */
export type KindAndPayload<K extends EntryKind> = {
  [Each in K]: { readonly kind: Each; readonly payload: PayloadOf<Each> };
}[K];

/** A known kind and its payload. */
type Known<K extends EntryKind> = {
  [Each in K]: { readonly is: 'known'; readonly kind: Each; readonly payload: PayloadRead<Each> };
}[K];

/** An entry of a kind that this version does not know, or with a payload that its kind does not allow. */
export interface NotRead {
  readonly is: 'unknown-kind' | 'unreadable';
  readonly kind: string;
  /** The payload as it stands in the ledger. */
  readonly payload: unknown;
}

export type EntryRead<K extends EntryKind = EntryKind> = Known<K> | NotRead;

/**
 * Reads a payload. Never throws. Members that the schema does not name are left out: the ledger's own note `masked`, and
 * members of later versions.
 */
export function readPayload(kind: string, payload: unknown): EntryRead {
  if (!isEntryKind(kind)) {
    return { is: 'unknown-kind', kind, payload };
  }
  const schema: z.ZodType = payloadSchemas[kind];
  const result = schema.safeParse(payload);
  return result.success
    ? ({ is: 'known', kind, payload: result.data } as Known<EntryKind>)
    : { is: 'unreadable', kind, payload };
}

/** The payload of an entry, if the entry is of that kind and can be read; undefined otherwise. */
export function payloadOf<K extends EntryKind>(
  wanted: K,
  kind: string,
  payload: unknown,
): PayloadRead<K> | undefined {
  const read = kind === wanted ? readPayload(kind, payload) : undefined;
  return read?.is === 'known' ? (read.payload as PayloadRead<K>) : undefined;
}

export function isEntryKind(kind: string): kind is EntryKind {
  return Object.hasOwn(payloadSchemas, kind);
}
