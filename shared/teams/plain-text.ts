/**
 * Makes texts that somebody else wrote fit for a card. Cards show them in text runs, which hosts do not read as
 * Markdown. Teams still makes links of texts that look like one, and so may a host that reads Markdown everywhere.
 * Anything that could become a link, a tag, a mention or a function therefore gets an invisible break. A long name may
 * also wrap at such a break.
 */

/** Zero width space: invisible, and part of no address. */
const breaker = '\u200b';

const breaks: readonly RegExp[] = [
  // A scheme: `http:`, `mailto:`.
  /(?<=[\p{L}\p{N}]:)(?=\S)/gu,
  // An address without a scheme: `//host`. A long id wraps at its slashes, too.
  /(?<=\/)(?=[/\p{L}])/gu,
  // A host name: `evil.com`, `www.evil`, also with the full stops that browsers take for dots.
  /(?<=[.\u3002\uff0e\uff61])(?=\p{L})/gu,
  // The address of a person, or a mention.
  /(?<=\S)(?=@)|(?<=@)(?=\S)/g,
  // A tag, `<at>` and `<http:...>` among them.
  /(?<=<)(?=[A-Za-z/!?])/g,
  // A Markdown link or image: `[text](address)`, `[text][name]`, `[name]: address`.
  /(?<=\])(?=[([:])/g,
  // A character reference, `&lt;`, that a host would resolve before it looks for tags.
  /(?<=&)(?=[#A-Za-z])/g,
  // A function of cards: `{{DATE(...)}}`.
  /(?<=\{)(?=\{)/g,
  // A run of characters longer than any Azure name that people may want to copy: it would not fit on a line.
  /[^\s\u200b]{24}(?=[^\s\u200b])/gu,
];

/**
 * The text as one line of at most `mostCharacters` characters, which no host turns into a link or another element.
 * Control characters, marks that turn the direction of writing and everything invisible are removed.
 */
export function plainText(text: string, mostCharacters: number): string {
  const line = shortened(oneLine(text.slice(0, 20 * mostCharacters)), mostCharacters);
  return breaks.reduce((safe, place) => safe.replace(place, `$&${breaker}`), line);
}

function oneLine(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
      .replace(/[\p{Cc}\p{Z}]+/gu, ' ')
      .replace(/[\p{Co}\p{Cn}]/gu, '\ufffd')
      // Marks that pile up reach over other lines.
      .replace(/(\p{M}{2})\p{M}+/gu, '$1')
      .trim()
  );
}

function shortened(text: string, mostCharacters: number): string {
  const characters = Array.from(text);
  return characters.length <= mostCharacters
    ? text
    : `${characters
        .slice(0, mostCharacters - 1)
        .join('')
        .trimEnd()}…`;
}
