/** The word that was most likely meant, or undefined if none is near. */
export function nearest(given: string, words: readonly string[]): string | undefined {
  const wanted = given.slice(0, 100).toLowerCase();
  const most = Math.max(1, Math.round(wanted.length / 2.5));
  const [best] = words
    .map((word) => ({ word, distance: distanceBetween(wanted, word.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .toSorted((one, other) => one.distance - other.distance);
  return best?.word;
}

/** Levenshtein distance: the number of letters to insert, delete or replace. */
function distanceBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of one.split('').entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
