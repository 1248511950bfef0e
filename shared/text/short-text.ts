import { redact } from './secrets.ts';

/** Longest text from somebody else that is kept, in characters. */
export const longestText = 511;

/**
 * A short text that somebody else wrote. Anything that looks like a secret is removed: the text goes into rows and
 * the ledger.
 */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.length > 0 && value.length <= longestText
    ? redact(value.toWellFormed())
    : undefined;
}
