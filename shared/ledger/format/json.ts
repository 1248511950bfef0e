import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** Any JSON value. The type is repeated here because the format imports nothing of the writer. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = Readonly<Record<string, Json>>;

/** 64 lower-case hexadecimal digits. */
export const sha256Pattern = /^[0-9a-f]{64}$/;

/** An input that is not of this format. The message names the place. */
export class LedgerFormatError extends Error {
  override readonly name = 'LedgerFormatError';
}

/** The RFC 8785 text of a value, whose bytes are hashed and stored. */
export function canonicalJson(value: Json | object): string {
  const text = canonicalize(value);
  if (text === undefined) {
    throw new LedgerFormatError('Cannot write a value as JSON: it has no JSON form');
  }
  return text;
}

/** SHA-256 of a text's UTF-8 bytes, in lower-case hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
