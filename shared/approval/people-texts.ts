import { findSecret, redact } from '../text/secrets.ts';

/** Longest reason of a person, in UTF-16 units. */
export const longestReason = 1_000;
/** Longest name of a person that a decision carries, in UTF-16 units. */
const longestName = 300;

const lineEnds = /\r\n?|[\u0085\u2028\u2029]/g;
/**
 * Invisible characters, some of which turn the writing around. Joiners of letters and signs are mere spelling and
 * stay.
 */
const unseen = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{NChar}]/u;

/** A reason as it is kept: trimmed, and with a line feed at the end of each line. */
export function tidyReason(text: string): string {
  return text.replace(lineEnds, '\n').trim();
}

/** The fault of a reason apart from its length, as a sentence without its subject, or undefined. */
export function reasonFault(text: string): string | undefined {
  const [character] = unseen.exec(text) ?? [];
  if (character !== undefined) {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `holds U+${code}, which cannot be seen: type it anew`;
  }
  return findSecret(text) === undefined
    ? undefined
    : 'looks like it holds a secret, which the ledger does not take: say it without';
}

/**
 * The name of a person, ready to be signed. The ledger would mask a secret or half a character in it, and the
 * signature over the name would no longer hold.
 */
export function signedName(name: string): string {
  return redact(name.toWellFormed()).slice(0, longestName).toWellFormed();
}
