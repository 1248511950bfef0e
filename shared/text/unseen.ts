/**
 * Characters that a terminal acts on, or that make a text look different from what it is: controls, line separators,
 * marks of writing direction and of zero width, halves of surrogate pairs, unassigned code points, and everything
 * else that cannot be seen. Anybody who names a resource, a policy or themselves, or writes a file, can write them.
 * Global: for `replace`, never for `test`. The verifier, which shares nothing else with the writer, prints by the
 * same rule.
 */
export const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Replaces each unseen character by a JSON escape, so that escaped JSON stays the same JSON. */
export function withUnseenEscaped(text: string): string {
  return text.replace(unseen, (character) => character.split('').map(escapeOf).join(''));
}

function escapeOf(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
