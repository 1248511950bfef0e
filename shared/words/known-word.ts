/**
 * A word of the ledger in plain text. A word of a later version appears as it is spelled, and a sentence stays as it
 * is.
 */
export function wordFor(words: Readonly<Record<string, string>>, name: unknown): string {
  if (typeof name !== 'string') {
    return '';
  }
  const known = Object.hasOwn(words, name) ? words[name] : undefined;
  return known ?? (/\s/.test(name) ? name : name.replaceAll('-', ' '));
}
