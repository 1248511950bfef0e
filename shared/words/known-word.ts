import { ownMember } from '../own-member.ts';

/**
 * A word of the ledger in plain text. A word of a later version appears as it is spelled, and a sentence stays as it
 * is.
 */
export function wordFor(words: Readonly<Record<string, string>>, name: unknown): string {
  if (typeof name !== 'string') {
    return '';
  }
  const known = ownMember(words, name);
  return known ?? (/\s/.test(name) ? name : name.replaceAll('-', ' '));
}
