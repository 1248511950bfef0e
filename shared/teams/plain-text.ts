/**
 * Texts that somebody else wrote, made fit for a card. They are shown in text runs, which hosts do not read as Markdown.
 * Teams makes links of what looks like one all the same, and so may a host that reads Markdown everywhere: whatever could
 * become a link, a tag, a mention or a function gets an invisible break, where a long name may also wrap.
 */

/** Zero width space: seen by nobody, part of no address. */
const breaker = '\u200b';

const breaks: readonly RegExp[] = [
  // A scheme: `http:`, `mailto:`.
  /(?<=[\p{L}\p{N}]:)(?=\S)/gu,
  // An address without one: `//host`. A long id wraps there, too.
  /(?<=\/)(?=[/\p{L}])/gu,
  // A host name: `evil.com`, `www.evil`; with the full stops that browsers take for dots.
  /(?<=[.\u3002\uff0e\uff61])(?=\p{L})/gu,
  // An address of a person, a mention.
  /(?<=\S)(?=@)|(?<=@)(?=\S)/g,
  // A tag, `<at>` and `<http:...>` among them.
  /(?<=<)(?=[A-Za-z/!?])/g,
  // A link or an image of Markdown: `[text](address)`, `[text][name]`, `[name]: address`.
  /(?<=\])(?=[([:])/g,
  // A character reference, `&lt;`, that a host would read before it looks for tags.
  /(?<=&)(?=[#A-Za-z])/g,
  // A function of cards: `{{DATE(...)}}`.
  /(?<=\{)(?=\{)/g,
  // What is longer than any name of Azure's that one may want to copy, and would not fit on a line.
  /[^\s\u200b]{24}(?=[^\s\u200b])/gu,
];

/**
 * The text in one line, of at most so many characters, that no host makes a link or anything else of. Control characters,
 * marks that turn the direction of writing and everything invisible are taken out.
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
