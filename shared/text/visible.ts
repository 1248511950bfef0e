import { unseen, withUnseenEscaped } from './unseen.ts';

/** A text of several lines in which each unseen character except tab and line end becomes `\u{...}`. */
export function visible(text: string): string {
  return text.replace(unseen, (character, at: number) =>
    isOfLines(character, text[at + 1]) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function isOfLines(character: string, next: string | undefined): boolean {
  return character === '\t' || character === '\n' || (character === '\r' && next === '\n');
}

/** A value as JSON on one line, with each unseen character escaped: a parser reads the same value. */
export function visibleJson(value: unknown): string {
  return withUnseenEscaped(JSON.stringify(value));
}
