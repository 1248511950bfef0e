/**
 * Characters that a terminal acts on, or that make text look other than it is: control characters, and marks of writing
 * direction and zero width. Whoever names a resource writes them.
 */
const acting = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** A text on one line that a terminal shows as it stands. */
export function printable(text: string): string {
  return text.replace(acting, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/** Several lines that a terminal shows as they stand. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** JSON that a terminal shows as it stands: JSON itself leaves some of these characters as they are. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(acting, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
