import { withUnseenEscaped } from '../shared/text/unseen.ts';

/** A text on one line that a terminal shows without interpreting it. */
export function printable(text: string): string {
  return withUnseenEscaped(text);
}

/** Several lines that a terminal shows without interpreting them. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** JSON that a terminal shows without interpreting it: JSON itself leaves some of these characters unescaped. */
export function printableJson(value: unknown, indent?: number): string {
  return printableLines(JSON.stringify(value, null, indent));
}

/** A foreign text, in quotes that the text cannot end. */
export function quoted(text: string): string {
  return `"${shortened(printable(text.replace(/["\\]/g, String.raw`\$&`)))}"`;
}

/** Longest printed text in UTF-16 units. None of our own texts comes near it. */
const longest = 600;

/** Shortens a long text in its middle: both ends say what the text is about. */
export function shortened(text: string, most = longest): string {
  if (text.length <= most) {
    return text;
  }
  const kept = Math.floor(most / 2);
  const cut = text.length - 2 * kept;
  return `${text.slice(0, kept)}… (${cut} characters left out) …${text.slice(-kept)}`.toWellFormed();
}
