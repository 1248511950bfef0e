import { expect } from 'vitest';

/** What a planted text would be if it began a line: a reader takes it for a line of the program. */
const forgedLine = 'VOUCHED by a plant';

/**
 * Everything by which a text does more than to be read: it moves the cursor, hides what follows, begins a line, turns the
 * direction, cannot be seen, or is no character at all.
 */
export const tricks = [
  `\n${forgedLine}`,
  `\r${forgedLine}`,
  '\u001b[2J\u001b[H\u001b[8m\u001b[31m\u001b[1m',
  '\u001b]0;title\u0007\u001b]8;;mailto:x\u001b\\',
  '\u0001\u0008\u0009\u000b\u000c\u007f\u0085\u009b2J\u009d',
  '\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad',
  `\u2028${forgedLine}\u2029${forgedLine}`,
  '\u3164\u115f\u034f\ufe0f\u{e0041}',
  '\ue000\u0378\ufdd0\u{10fffe}\u{f0000}',
].join('x');

/** The same in short: no file has a name of more than 255 bytes. */
export const nameTricks = `x\n${forgedLine}\r\u001b[2J\u001b[8m\u001b[31m\u0007\u0085\u009b2J\u007f\u202e\u2066\u061c\u200b\u200f\ufeff\u2028${forgedLine}\u3164\ue000\u{e0041}`;

/** A half of a surrogate pair stands in a text that JSON wrote, and in no name of a file. */
export const jsonTricks = `${tricks}x\ud800x\udfff`;

/** Written out apart from what the program has: code points of which none may be there, line feeds excepted. */
const forbidden: readonly (readonly [number, number])[] = [
  [0x00, 0x09],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x378, 0x379],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xf8ff],
  [0xfdd0, 0xfdef],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xfff0, 0xfffb],
  [0xfffe, 0xffff],
  [0xe0000, 0x10ffff],
];

const ownColour = /\u001b\[(?:1|2|22|31|32|33|36|39)m/g;

/** Fails for a text that a terminal does anything with but show it, and for a planted line. */
export function expectHarmless(printed: string, { isColoured = false } = {}): void {
  const text = isColoured ? printed.replace(ownColour, '') : printed;
  const found = Array.from(text).filter((character) => {
    const point = character.codePointAt(0)!;
    return forbidden.some(([from, to]) => point >= from && point <= to);
  });
  expect(found.map((character) => character.codePointAt(0)!.toString(16))).toEqual([]);
  expect(text.split('\n').filter((line) => line.startsWith(forgedLine))).toEqual([]);
}
