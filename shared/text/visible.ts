import { unseen, withUnseenEscaped } from './unseen.ts';

/** A text of several lines in which every character that cannot be seen, but tab and the ends of lines, stands as `\u{...}`. */
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
  return withUnseenEscaped(JSON.stringify(value));
}
