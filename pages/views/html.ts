import { html as template, raw } from 'hono/html';

/** Markup that is safe to send. Only {@link html} makes it. */
export type Html = ReturnType<typeof raw>;

/** What may stand in a template. Texts are escaped, wherever they come from. */
export type Part = Html | string | number | undefined | readonly Part[];

/** Characters that are not seen, or that turn the order of others around: a name must not look like another one. */
const invisible =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The text with every such character as `\\u{...}`. */
export function visible(text: string): string {
  return text
    .toWellFormed()
    .replace(invisible, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/** A template of markup. Attributes are always quoted: what stands in them is escaped for quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return template(strings, ...parts.map(shown)) as Html;
}

export const nothing: Html = raw('');

function shown(part: Part): Html | Html[] | string | number {
  if (part === undefined) {
    return '';
  }
  if (typeof part === 'string') {
    return visible(part);
  }
  return Array.isArray(part) ? ((part as readonly Part[]).map(shown) as Html[]) : (part as Html | number);
}
