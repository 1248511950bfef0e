import { redact } from './secrets.ts';

/** Longest text that somebody else wrote and that is kept, in characters. */
export const longestText = 511;

/** A short text that somebody else wrote. What looks like a secret is taken out: it would go into row and ledger. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.length > 0 && value.length <= longestText
    ? redact(value.toWellFormed())
    : undefined;
}
