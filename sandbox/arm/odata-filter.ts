/** A condition of OData, read: the part of `$filter` that Resource Manager and its providers take. */
export type Condition =
  | {
      readonly kind: 'comparison';
      readonly name: string;
      readonly operator: Operator;
      readonly value: string;
    }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly string[] }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition };

export type Operator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

/** What a list can be filtered by. Names are known in any case. */
export interface FilterVocabulary<T> {
  /** Text of an item under a name; undefined where the item has none, which equals nothing. */
  readonly fields?: Readonly<Record<string, (item: T) => string | undefined>>;
  /** Conditions that are called by name, such as `atScope()`. */
  readonly calls?: Readonly<Record<string, (item: T, ...given: readonly string[]) => boolean>>;
}

/** A filter that cannot be read, or that asks for what the vocabulary does not have. */
export class FilterFault extends Error {}

const operators: readonly string[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
// A text in single quotes (a quote in it is doubled), a bracket, a comma, or a word: a name, an operator, a bare value.
const tokens = /\s*(?:'((?:[^']|'')*)'|([(),])|([^\s(),']+))/y;

interface Token {
  readonly kind: 'text' | 'mark' | 'word';
  readonly value: string;
}

/** Reads a filter. @throws FilterFault where it is not one */
export function parseFilter(text: string): Condition {
  const reader = new Reader(tokenise(text));
  const condition = reader.either();
  reader.end();
  return condition;
}

/**
 * Makes the test that a filter describes; texts are compared without regard to case, as Azure does.
 *
 * @throws FilterFault for what is no filter or not in the vocabulary
 */
export function compileFilter<T>(text: string, vocabulary: FilterVocabulary<T>): (item: T) => boolean {
  return compile(parseFilter(text), vocabulary);
}

function compile<T>(condition: Condition, vocabulary: FilterVocabulary<T>): (item: T) => boolean {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const parts = condition.parts.map((part) => compile(part, vocabulary));
      return condition.kind === 'and'
        ? (item) => parts.every((part) => part(item))
        : (item) => parts.some((part) => part(item));
    }
    case 'not': {
      const part = compile(condition.part, vocabulary);
      return (item) => !part(item);
    }
    case 'comparison':
      return compileComparison(condition, fieldOf(condition.name, vocabulary));
    case 'call':
      return compileCall(condition, vocabulary);
  }
}

function compileComparison<T>(
  { operator, value }: Extract<Condition, { kind: 'comparison' }>,
  field: (item: T) => string | undefined,
): (item: T) => boolean {
  const wanted = value.toLowerCase();
  const tests: Readonly<Record<Operator, (actual: string) => boolean>> = {
    eq: (actual) => actual === wanted,
    ne: (actual) => actual !== wanted,
    gt: (actual) => actual > wanted,
    ge: (actual) => actual >= wanted,
    lt: (actual) => actual < wanted,
    le: (actual) => actual <= wanted,
  };
  return (item) => {
    const actual = field(item)?.toLowerCase();
    return actual === undefined ? operator === 'ne' : tests[operator](actual);
  };
}

const textTests: Readonly<Record<string, (actual: string, wanted: string) => boolean>> = {
  startswith: (actual, wanted) => actual.startsWith(wanted),
  endswith: (actual, wanted) => actual.endsWith(wanted),
  contains: (actual, wanted) => actual.includes(wanted),
};

/** `substringof('part', name)` is how OData 3 says `contains(name, 'part')`. */
function compileCall<T>(
  { name, arguments: given }: Extract<Condition, { kind: 'call' }>,
  vocabulary: FilterVocabulary<T>,
): (item: T) => boolean {
  const own = known(vocabulary.calls, name);
  if (own !== undefined) {
    return (item) => own(item, ...given);
  }
  const isSubstring = name.toLowerCase() === 'substringof';
  const test = isSubstring ? textTests.contains : known(textTests, name);
  const [fieldName, wanted] = isSubstring ? [given[1], given[0]] : given;
  if (test === undefined || fieldName === undefined || wanted === undefined || given.length !== 2) {
    throw new FilterFault(`it calls ${name}, which is not known here with ${given.length} arguments`);
  }
  const field = fieldOf(fieldName, vocabulary);
  return (item) => test((field(item) ?? '').toLowerCase(), wanted.toLowerCase());
}

function fieldOf<T>(name: string, { fields }: FilterVocabulary<T>): (item: T) => string | undefined {
  const field = known(fields, name);
  if (field === undefined) {
    throw new FilterFault(`it names ${name}, by which this list cannot be filtered`);
  }
  return field;
}

function known<V>(table: Readonly<Record<string, V>> = {}, name: string): V | undefined {
  return Object.entries(table).find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1];
}

function tokenise(text: string): Token[] {
  const found: Token[] = [];
  const rest = text.trimEnd();
  tokens.lastIndex = 0;
  while (tokens.lastIndex < rest.length) {
    const match = tokens.exec(rest);
    if (match === null) {
      throw new FilterFault('a quote is not closed');
    }
    const [, quoted, mark, word] = match;
    found.push(
      quoted !== undefined
        ? { kind: 'text', value: quoted.replaceAll("''", "'") }
        : { kind: mark === undefined ? 'word' : 'mark', value: mark ?? word ?? '' },
    );
  }
  return found;
}

class Reader {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(read: readonly Token[]) {
    this.#tokens = read;
  }

  either(): Condition {
    return this.#joined('or', () => this.#all());
  }

  end(): void {
    if (this.#position < this.#tokens.length) {
      throw new FilterFault(`"${this.#tokens[this.#position]?.value ?? ''}" was not expected`);
    }
  }

  #all(): Condition {
    return this.#joined('and', () => this.#one());
  }

  #joined(kind: 'and' | 'or', next: () => Condition): Condition {
    const parts = [next()];
    while (this.#take('word', kind)) {
      parts.push(next());
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind, parts };
  }

  #one(): Condition {
    if (this.#take('word', 'not')) {
      return { kind: 'not', part: this.#one() };
    }
    if (this.#take('mark', '(')) {
      const inner = this.either();
      this.#need(')');
      return inner;
    }
    const name = this.#value('word');
    return this.#take('mark', '(') ? this.#call(name) : this.#comparison(name);
  }

  #call(name: string): Condition {
    const given: string[] = [];
    while (!this.#take('mark', ')')) {
      if (given.length > 0) {
        this.#need(',');
      }
      given.push(this.#value());
    }
    return { kind: 'call', name, arguments: given };
  }

  #comparison(name: string): Condition {
    const operator = this.#value('word').toLowerCase();
    if (!operators.includes(operator)) {
      throw new FilterFault(`"${operator}" is no comparison`);
    }
    return { kind: 'comparison', name, operator: operator as Operator, value: this.#value() };
  }

  /** The next token, which has to be a word or a text. */
  #value(kind?: Token['kind']): string {
    const token = this.#tokens[this.#position];
    if (token === undefined || token.kind === 'mark' || (kind !== undefined && token.kind !== kind)) {
      throw new FilterFault(`${token === undefined ? 'the end' : `"${token.value}"`} was not expected`);
    }
    this.#position += 1;
    return token.value;
  }

  #need(mark: string): void {
    if (!this.#take('mark', mark)) {
      throw new FilterFault(`"${mark}" was expected`);
    }
  }

  #take(kind: Token['kind'], value: string): boolean {
    const token = this.#tokens[this.#position];
    const isNext = token?.kind === kind && token.value.toLowerCase() === value;
    this.#position += isNext ? 1 : 0;
    return isNext;
  }
}
