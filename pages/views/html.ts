import { html as template, raw } from 'hono/html';
import { visible } from '../../shared/text/visible.ts';

/** Markup that is safe to send. Only {@link html} makes it. */
export type Html = ReturnType<typeof raw>;

/** The values that a template accepts. Texts are escaped, wherever they come from. */
export type Part = Html | string | number | undefined | readonly Part[];

/** A template of markup. Attributes are always quoted: values in them are escaped for quotes. */
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
