/** Says a word that may be of a later version. */
export function wordFor(words: Readonly<Record<string, string>>, name: unknown): string {
  if (typeof name !== 'string') {
    return '';
  }
  return (Object.hasOwn(words, name) ? words[name] : undefined) ?? name.replaceAll('-', ' ');
}
