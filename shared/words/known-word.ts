/** Says a word of the ledger. One of a later version is said as it is spelled; a sentence stays as it stands. */
export function wordFor(words: Readonly<Record<string, string>>, name: unknown): string {
  if (typeof name !== 'string') {
    return '';
  }
  const known = Object.hasOwn(words, name) ? words[name] : undefined;
  return known ?? (/\s/.test(name) ? name : name.replaceAll('-', ' '));
}
