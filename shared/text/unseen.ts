/**
 * Characters that a terminal acts on, or that make a text look other than it is: controls, separators of lines, marks of
 * writing direction and of zero width, halves of surrogate pairs, what no font has, and whatever else cannot be seen.
 * Whoever names a resource, a policy or themselves, or writes a file, writes them. Global: for `replace`, never for `test`.
 * It stands with the format because the verifier, which shares nothing else, prints by the same rule.
 */
export const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A text in which each of them is an escape of JSON, so that escaped JSON is the same JSON. */
export function withUnseenEscaped(text: string): string {
  return text.replace(unseen, (character) => character.split('').map(escapeOf).join(''));
}

function escapeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
