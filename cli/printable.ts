import { withUnseenEscaped } from '../shared/text/unseen.ts';

/** A text on one line that a terminal shows as it stands. */
export function printable(text: string): string {
  return withUnseenEscaped(text);
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
