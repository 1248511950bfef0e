/*
 * The sandbox prints names and texts that others chose: of resources, people, rules, and what Azure answers. A terminal
 * acts on some characters (controls, sequences that begin with them), others turn the writing around or cannot be seen.
 */
const acting = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The colours that the show paints with: none of them hides, moves or deletes. */
const colour = /(\u001b\[(?:1|2|22|31|32|33|34|35|36|39)m)/;

/** A text that somebody else chose, on one line, with every such character as `\u{...}`. */
export function plain(text: string): string {
  return text.replace(acting, escaped);
}

/** What is about to be printed, our own colours and lines left as they are: whoever prints may have forgotten {@link plain}. */
export function guarded(text: string): string {
  return text
    .split(colour)
    .map((part, index) => (index % 2 === 1 ? part : part.split('\n').map(plain).join('\n')))
    .join('');
}

/** A value as JSON on one line, in which every such character is an escape: the same value to whatever parses it. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replace(acting, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
