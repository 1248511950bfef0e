import { z } from 'zod';
import { parseCanonical } from './canonical.ts';
import { canonicalJson, type JsonObject, sha256, sha256Pattern } from './json.ts';
import { caseKeyPattern, chainPattern } from './keys.ts';

/** The first format. Any change of a rule below makes another format. */
export const ledgerFormat = 1;

/** ISO 8601 with milliseconds, in UTC: the only form of a time. */
export const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The result of JSON.parse is JSON in any case, so the schema checks only that it is an object. */
const jsonObject = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);

const headerSchema = z.strictObject({
  format: z.literal(ledgerFormat),
  chain: z.string().regex(chainPattern),
  sequence: z.int().positive(),
  time: z.string().regex(timePattern),
  kind: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  case: z.string().min(1).nullable(),
  previous: z.string().regex(sha256Pattern),
  bodyHash: z.string().regex(sha256Pattern),
});

const bodySchema = z.strictObject({
  salt: z.string().regex(/^[0-9a-f]{32,}$/),
  resource: z.string().optional(),
  control: z.string().optional(),
  actor: jsonObject.optional(),
  traceparent: z.string().optional(),
  payload: jsonObject,
  row: z.strictObject({ key: z.string().regex(caseKeyPattern), data: jsonObject }).optional(),
  head: jsonObject.optional(),
});

/** The chained part of an entry: everything except its body. `case` is null for an entry of the chain itself. */
export type Header = Readonly<z.infer<typeof headerSchema>>;

/**
 * The content of an entry. The salt prevents that somebody checks a guess at an erased body against its hash. `row` is the
 * case's row, and `head` the change to the head's data, as this entry left them: with both, the table can be made again from
 * the chain.
 */
export type Body = Readonly<z.infer<typeof bodySchema>>;

/** An end of a chain, which the next entry must follow. */
export interface Position {
  readonly chain: string;
  readonly sequence: number;
  /** Hash of the entry at that sequence. */
  readonly hash: string;
}

/** The position that the first entry of a chain follows. It differs by chain, so an entry never fits into another chain. */
export function genesis(chain: string): Position {
  return { chain, sequence: 0, hash: sha256(`leakstop ledger ${ledgerFormat}\n${chain}`) };
}

/** The name of an entry: SHA-256 of its header's canonical text. */
export function hashHeader(header: Header): string {
  return sha256(canonicalJson(header));
}

/** SHA-256 of a body's canonical text. */
export function hashBody(body: Body): string {
  return sha256(canonicalJson(body));
}

/** An entry's header, its stored text, and the hash that the next entry names. */
export interface ChainedHeader {
  readonly header: Header;
  readonly text: string;
  readonly hash: string;
}

/** Makes the entry that follows `end`. `time` is ISO 8601 with milliseconds, in UTC. */
export function makeEntry(
  end: Position,
  entry: {
    readonly time: string;
    readonly kind: string;
    readonly case: string | null;
    readonly bodyHash: string;
  },
): ChainedHeader {
  const header: Header = {
    format: ledgerFormat,
    chain: end.chain,
    sequence: end.sequence + 1,
    time: entry.time,
    kind: entry.kind,
    case: entry.case,
    previous: end.hash,
    bodyHash: entry.bodyHash,
  };
  const text = canonicalJson(header);
  return { header, text, hash: sha256(text) };
}

/** @throws LedgerFormatError when the text is not the canonical text of a header. */
export function parseHeader(text: string): Header {
  return parseCanonical('header', headerSchema, text);
}

/** @throws LedgerFormatError when the text is not the canonical text of a body. */
export function parseBody(text: string): Body {
  return parseCanonical('body', bodySchema, text);
}
