import type { Row } from './table.ts';

/** A string property holds at most 64 KiB, that is 32,768 UTF-16 units. */
const unitsPerProperty = 32_000;

/** Splits a text over the properties `<name>0`, `<name>1` and so on. */
export function splitText(name: string, text: string): Record<string, string> {
  const properties: Record<string, string> = {};
  let start = 0;
  for (let index = 0; start < text.length || index === 0; index += 1) {
    let end = Math.min(start + unitsPerProperty, text.length);
    // Half of a surrogate pair is no text: it would not survive the way to the service.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) {
      end -= 1;
    }
    properties[`${name}${index}`] = text.slice(start, end);
    start = end;
  }
  return properties;
}

/** Puts together what {@link splitText} split; undefined when the row holds no such text. */
export function joinText(row: Row, name: string): string | undefined {
  let text: string | undefined;
  for (let index = 0; ; index += 1) {
    const part = row[`${name}${index}`];
    if (typeof part !== 'string') {
      return text;
    }
    text = (text ?? '') + part;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
