/** The part of the Table service's filter language that is used here: comparisons of texts and numbers, and, or. */
export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | {
      readonly kind: 'compare';
      readonly property: string;
      readonly operator: string;
      readonly value: string | number;
    };

const propertyNames: Record<string, string> = { PartitionKey: 'partitionKey', RowKey: 'rowKey' };
const token = /\s*(?:(?<open>\()|(?<close>\))|(?<text>'(?:[^']|'')*')|(?<word>[A-Za-z0-9_.-]+))/y;

export function parseFilter(text: string): Filter {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) {
      throw new Error(`Cannot read the filter: ${text}`);
    }
    tokens.push(match[0].trim());
  }
  return tokens.length === 0 ? { kind: 'all' } : readOr(tokens);
}

function readOr(tokens: string[]): Filter {
  const parts = [readAnd(tokens)];
  while (tokens[0] === 'or') {
    tokens.shift();
    parts.push(readAnd(tokens));
  }
  return { kind: 'or', parts };
}

function readAnd(tokens: string[]): Filter {
  const parts = [readComparison(tokens)];
  while (tokens[0] === 'and') {
    tokens.shift();
    parts.push(readComparison(tokens));
  }
  return { kind: 'and', parts };
}

function readComparison(tokens: string[]): Filter {
  const first = tokens.shift() ?? '';
  if (first === '(') {
    const inside = readOr(tokens);
    tokens.shift();
    return inside;
  }
  const operator = tokens.shift() ?? '';
  const value = tokens.shift() ?? '';
  return {
    kind: 'compare',
    property: propertyNames[first] ?? first,
    operator,
    value: value.startsWith("'") ? value.slice(1, -1).replaceAll("''", "'") : Number(value),
  };
}

export function matches(filter: Filter, row: Record<string, unknown>): boolean {
  switch (filter.kind) {
    case 'all':
      return true;
    case 'and':
      return filter.parts.every((part) => matches(part, row));
    case 'or':
      return filter.parts.some((part) => matches(part, row));
    case 'compare':
      return compare(row[filter.property], filter.operator, filter.value);
  }
}

function compare(actual: unknown, operator: string, value: string | number): boolean {
  if (typeof actual !== typeof value) {
    return false;
  }
  const left = actual as string | number;
  switch (operator) {
    case 'eq':
      return left === value;
    case 'ne':
      return left !== value;
    case 'ge':
      return left >= value;
    case 'gt':
      return left > value;
    case 'le':
      return left <= value;
    case 'lt':
      return left < value;
    default:
      throw new Error(`Cannot compare with "${operator}"`);
  }
}
