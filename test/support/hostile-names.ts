/*
 * What somebody chooses who wants more than a name. Secrets are made up, and put together here so that no scanner takes this
 * file for a leak.
 */

const key = `${'Ab3/'.repeat(21)}Ab==`;
const token = ['eyJhbGciOiJSUzI1NiJ9', 'eyJvaWQiOiJ4In0', 'c2lnbmF0dXJlLXNpZ25hdHVyZQ'].join('.');

/** Texts in the shape of a secret, each with the part of it that must be nowhere. */
export const secretTexts: Readonly<Record<string, readonly [text: string, secret: string]>> = {
  'a token': [token, token.slice(0, 30)],
  'a token amid a name': [`rg-${token}-x`, token.slice(0, 30)],
  'an account key': [key, key.slice(0, 80)],
  'a shared access signature': [`https://a.example/c?sv=1&sig=${'Zm9v'.repeat(8)}`, 'Zm9vZm9v'],
  'a connection string': [`AccountName=a;AccountKey=${'c2hv'.repeat(6)};x`, 'c2hvc2hv'],
  'a key in lines, without an end': [`-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN`, 'MIIEvQIBADAN'],
  'a client secret': [`abc8Q~${'x'.repeat(34)}`, '8Q~xxxx'],
  'an authorization': [`Bearer ${'abcdef0123'.repeat(3)}`, 'abcdef0123abcdef'],
};

/** Texts that end something, turn it around, or are too much. */
export const oddTexts: Readonly<Record<string, string>> = {
  'marks that turn the writing around': '\u202egnp.exe\u202c\u2066x\u2069\u200f',
  'separators of lines': 'one\u2028two\u2029three\u0085four',
  'a NUL': 'a\u0000b',
  'every C0 and C1 control': Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).join(''),
  'sequences of a terminal': '\u001b]0;owned\u0007\u001b[2J\u001b[8mhidden\u009b31m',
  'what is no character': '\ufffe\uffff\ufdd0\ufeff\u{1fffe}\u{e0001}',
  'halves of characters': 'a\ud800b\udc00',
  'a megabyte': 'x'.repeat(1_048_576),
  'much of what has two halves': '\u{1f512}'.repeat(20_000),
  'the prototype': '__proto__',
  'the constructor': 'constructor',
  'other alphabets': 'группа-資源-é-ß-ﬁ',
  'the end of a JSON text': '","kind":"case-closed","x":{"y":"',
  markup: '<img src=x onerror=alert(1)>"\'&{{DATE(1)}}[x](http://evil.example)',
  'a formula': '=HYPERLINK("http://evil.example")',
  nothing: '',
};

export const hostileNames: readonly (readonly [name: string, text: string, secret: string | undefined])[] = [
  ...Object.entries(secretTexts).map(([name, [text, secret]]) => [name, text, secret] as const),
  ...Object.entries(oddTexts).map(([name, text]) => [name, text, undefined] as const),
];

/** Names that Azure allows for a group, and that mean nothing to it. */
export const hostileGroups: readonly string[] = [
  `rg-${token}`,
  `rgé-${token}`,
  token.slice(0, 80),
  'группа-資源-é-ß',
  '__proto__',
  'constructor',
  '(rg)_-.x',
  'd'.repeat(90),
];
