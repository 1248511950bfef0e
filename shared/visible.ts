/*
 * The one rule by which a text that somebody else chose is shown. Whoever names a resource, a policy or themselves may write
 * characters that a terminal acts on, or that make a text look other than it is: controls, separators of lines, marks of
 * writing direction and of zero width, halves of surrogate pairs, what no font has, and whatever else cannot be seen.
 */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A text of several lines in which every such character but tab and the ends of lines stands as `\u{...}`. */
export function visible(text: string): string {
  return text.replace(unseen, (character, at: number) =>
    isOfLines(character, text[at + 1]) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function isOfLines(character: string, next: string | undefined): boolean {
  return character === '\t' || character === '\n' || (character === '\r' && next === '\n');
}

/** A value as JSON on one line, in which every such character is an escape: the same value to whatever parses it. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(unseen, (character) => character.split('').map(escaped).join(''));
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
