import type { Row } from './table.ts';

/** A string property holds at most 64 KiB, that is 32,768 UTF-16 units. */
const unitsPerProperty = 32_000;

/**
 * Characters that JSON does not escape, and that a table, or something on the way to it, may take for the end of a line, drop
 * or refuse: separators of lines and paragraphs, C1 controls, the byte order mark, noncharacters. The other controls are
 * escapes in every JSON text.
 */
const unsafe = /[\u007f-\u009f\u2028\u2029\ufdd0-\ufdef\ufeff\ufffe\uffff]/g;
/** Any escape of JSON: a backslash belongs to the characters that follow it. */
const escape = /\\(?:u[0-9a-f]{4}|[^])/g;

/**
 * A JSON text in characters that every table keeps. Neither canonical JSON nor `JSON.stringify` ever escapes these
 * characters, so that {@link unescaped} restores the very same text.
 */
export function escaped(text: string): string {
  return text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function unescaped(text: string): string {
  return text.replace(escape, (sequence) => {
    const character = sequence.length === 6 ? String.fromCharCode(parseInt(sequence.slice(2), 16)) : '';
    return character.search(unsafe) < 0 ? sequence : character;
  });
}

/** Number of UTF-16 units that a JSON text takes in a row. */
export function storedLength(text: string): number {
  return text.length + 5 * (text.match(unsafe)?.length ?? 0);
}

/** Splits a JSON text over the properties `<name>0`, `<name>1` and so on. */
export function splitText(name: string, json: string): Record<string, string> {
  const text = escaped(json);
  const properties: Record<string, string> = {};
  let start = 0;
  for (let index = 0; start < text.length || index === 0; index += 1) {
    let end = Math.min(start + unitsPerProperty, text.length);
    // Half of a surrogate pair is no text, and would not survive the way to the service.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) {
      end -= 1;
    }
    properties[`${name}${index}`] = text.slice(start, end);
    start = end;
  }
  return properties;
}

/** Joins the parts that {@link splitText} made; undefined if the row holds no such text. */
export function joinText(row: Row, name: string): string | undefined {
  let text: string | undefined;
  for (let index = 0; ; index += 1) {
    const part = row[`${name}${index}`];
    if (typeof part !== 'string') {
      return text === undefined ? undefined : unescaped(text);
    }
    text = (text ?? '') + part;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
