/**
 * Characters that a terminal acts on, or that make text look other than it is: control characters, marks of writing direction
 * and zero width, line separators, and whatever else cannot be seen. Whoever names a resource writes them.
 */
const acting = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** A text on one line that a terminal shows as it stands. */
export function printable(text: string): string {
  return text.replace(acting, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Several lines that a terminal shows as they stand. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** JSON that a terminal shows as it stands: JSON itself leaves some of these characters as they are. */
export function printableJson(value: unknown, indent?: number): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, indent).replace(acting, (character) =>
    character === '\n' ? character : character.split('').map(escaped).join(''),
  );
}
