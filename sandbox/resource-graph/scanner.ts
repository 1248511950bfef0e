import { QueryError } from './query-error.ts';

export interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'timespan' | 'symbol' | 'end';
  /** As written, but for a text: its value. */
  readonly text: string;
  readonly position: number;
  readonly end: number;
}

const units: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const patterns: readonly (readonly [kind: Token['kind'], pattern: RegExp])[] = [
  ['timespan', /\d+(\.\d+)?(ms|d|h|m|s)(?!\w)/y],
  ['number', /\d+(\.\d+)?([eE][+-]?\d+)?(?!\w)/y],
  ['name', /[A-Za-z_$][\w$]*/y],
  ['symbol', /![a-zA-Z_]+~?|==|!=|=~|!~|<=|>=|[|,()[\].=<>+\-*/%~:;{}]/y],
];

/** Reads the tokens of a query one after the other. */
export class Scanner {
  readonly #query: string;
  #next: Token | undefined;
  #position = 0;

  constructor(query: string) {
    this.#query = query;
  }

  /** The token that `next` will give. */
  peek(): Token {
    this.#next ??= this.#scan();
    return this.#next;
  }

  next(): Token {
    const token = this.peek();
    this.#next = undefined;
    this.#position = token.end;
    return token;
  }

  /** Takes the token if it is that symbol or word. */
  take(text: string): Token | undefined {
    return isWord(this.peek(), text) ? this.next() : undefined;
  }

  /** Takes that symbol or word. @throws QueryError when there is another */
  expect(text: string): Token {
    const token = this.take(text);
    if (token === undefined) {
      throw unexpected(this.peek(), `"${text}"`);
    }
    return token;
  }

  /** The raw text up to the bracket that closes the one just taken, which is taken too. */
  rawUntilClosed(): { readonly text: string; readonly position: number } {
    const start = this.#position;
    let depth = 1;
    for (let at = start; at < this.#query.length; at += 1) {
      const character = this.#query.charAt(at);
      if (character === '"' || character === "'") {
        at = this.#textEnd(at) - 1;
      } else if (character === '(') {
        depth += 1;
      } else if (character === ')') {
        depth -= 1;
        if (depth === 0) {
          this.#position = at + 1;
          this.#next = undefined;
          return { text: this.#query.slice(start, at), position: start };
        }
      }
    }
    throw new QueryError('ParserFailure', 'ParserFailure: ")" is expected', '<EOF>', this.#query.length);
  }

  #scan(): Token {
    const start = this.#skipBlanks();
    if (start >= this.#query.length) {
      return { kind: 'end', text: '<EOF>', position: start, end: start };
    }
    const first = this.#query.charAt(start);
    if (first === '"' || first === "'") {
      const end = this.#textEnd(start);
      return { kind: 'text', text: unescape(this.#query.slice(start + 1, end - 1)), position: start, end };
    }
    if (/^@["']/.test(this.#query.slice(start, start + 2))) {
      return this.#verbatim(start);
    }
    // `in~` is one symbol, but only where it is not the start of a longer name.
    for (const [kind, pattern] of [symbolsThatLookLikeNames, ...patterns]) {
      pattern.lastIndex = start;
      const found = pattern.exec(this.#query)?.[0];
      if (found !== undefined) {
        return { kind, text: found, position: start, end: start + found.length };
      }
    }
    throw new QueryError('ParserFailure', 'ParserFailure', first, start);
  }

  #skipBlanks(): number {
    const blanks = /(\s|\/\/[^\n]*)*/y;
    blanks.lastIndex = this.#position;
    return this.#position + (blanks.exec(this.#query)?.[0].length ?? 0);
  }

  /** Offset behind the quote that closes the text that starts there. */
  #textEnd(start: number): number {
    const quote = this.#query.charAt(start);
    for (let at = start + 1; at < this.#query.length; at += 1) {
      const character = this.#query.charAt(at);
      if (character === '\\') {
        at += 1;
      } else if (character === quote) {
        return at + 1;
      }
    }
    throw new QueryError('ParserFailure', 'ParserFailure: the text is not closed', quote, start);
  }

  /** A text that starts with `@`: no escapes, two quotes stand for one. */
  #verbatim(start: number): Token {
    const quote = this.#query.charAt(start + 1);
    const pattern = quote === '"' ? /@"((?:[^"]|"")*)"/y : /@'((?:[^']|'')*)'/y;
    pattern.lastIndex = start;
    const found = pattern.exec(this.#query);
    if (found === null) {
      throw new QueryError('ParserFailure', 'ParserFailure: the text is not closed', quote, start);
    }
    const text = (found[1] ?? '').replaceAll(quote + quote, quote);
    return { kind: 'text', text, position: start, end: start + found[0].length };
  }
}

const symbolsThatLookLikeNames = ['symbol', /in~/y] as const;

export function isWord(token: Token, text: string): boolean {
  return (token.kind === 'symbol' || token.kind === 'name') && token.text === text;
}

/** The error for a token that does not belong where it stands. */
export function unexpected(token: Token, expected: string): QueryError {
  return new QueryError(
    'ParserFailure',
    `ParserFailure: ${expected} is expected`,
    token.text,
    token.position,
  );
}

/** Milliseconds of a timespan such as `90d`. */
export function timespanOf(text: string): number {
  const [, amount = '0', unit = ''] = /^([\d.]+)([a-z]+)$/.exec(text) ?? [];
  return Number(amount) * (units[unit] ?? 0);
}

function unescape(text: string): string {
  const named: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
  return text.replace(/\\(.)/gs, (_, character: string) => named[character] ?? character);
}
