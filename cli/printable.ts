/**
 * Characters that a terminal acts on, or that make text look other than it is: control characters, marks of writing direction
 * and zero width, line separators, halves of surrogate pairs, characters that no font has, and whatever else cannot be seen.
 * Whoever names a resource, or writes a file, writes them.
 */
const acting = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** As JSON writes it, so that escaped JSON is the same JSON. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** A text on one line that a terminal shows as it stands. */
export function printable(text: string): string {
  return text.replace(acting, escaped);
}

/** Several lines that a terminal shows as they stand. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** JSON that a terminal shows as it stands: JSON itself leaves some of these characters as they are. */
export function printableJson(value: unknown, indent?: number): string {
  return printableLines(JSON.stringify(value, null, indent));
}

/** A text that others wrote, in quotes that it cannot end. */
export function quoted(text: string): string {
  return `"${shortened(printable(text.replace(/["\\]/g, String.raw`\$&`)))}"`;
}

/** UTF-16 units. Nothing of ours comes near it. */
const longest = 600;

/** A text without its middle, where it is too long to be read: both ends say what it is about. */
export function shortened(text: string, most = longest): string {
  if (text.length <= most) {
    return text;
  }
  const kept = Math.floor(most / 2);
  const cut = text.length - 2 * kept;
  return `${text.slice(0, kept)}… (${cut} characters left out) …${text.slice(-kept)}`.toWellFormed();
}
