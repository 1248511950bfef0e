import { parseExpression } from './parse-expression.ts';
import { typeNamed } from './parse-literal.ts';
import { notModelled } from './query-error.ts';
import { Scanner, isWord, unexpected } from './scanner.ts';
import type { Token } from './scanner.ts';
import type { NamedExpression, Operator, Query, SortKey } from './syntax.ts';

/** Resource Graph's own bounds of `mv-expand`. */
const expandDefault = 128;
const expandMost = 2_000;

/** Reads a query. One without a table is about `resources`. @throws QueryError for what is not in the subset */
export function parseQuery(text: string): Query {
  const scanner = new Scanner(text);
  const first = scanner.peek();
  const table = { name: 'resources', position: 0 };
  const operators: Operator[] = [];
  if (first.kind === 'name' && !startsOperator(first)) {
    scanner.next();
    Object.assign(table, { name: first.text.toLowerCase(), position: first.position });
  } else if (first.kind !== 'end') {
    operators.push(parseOperator(scanner));
  } else {
    throw unexpected(first, 'a table');
  }
  while (scanner.take('|') !== undefined) {
    operators.push(parseOperator(scanner));
  }
  scanner.take(';');
  const rest = scanner.peek();
  if (rest.kind !== 'end') {
    throw unexpected(rest, '"|"');
  }
  return { table, operators };
}

const parsers: Readonly<Record<string, (scanner: Scanner) => Operator>> = {
  where: (scanner) => ({ kind: 'where', predicate: parseExpression(scanner) }),
  filter: (scanner) => ({ kind: 'where', predicate: parseExpression(scanner) }),
  project: (scanner) => ({ kind: 'project', columns: parseColumns(scanner) }),
  extend: (scanner) => ({ kind: 'extend', columns: parseColumns(scanner) }),
  'project-away': (scanner) => ({ kind: 'project-away', names: parseNames(scanner) }),
  'project-keep': (scanner) => ({ kind: 'project-keep', names: parseNames(scanner) }),
  order: (scanner) => ({ kind: 'order', keys: parseSort(scanner) }),
  sort: (scanner) => ({ kind: 'order', keys: parseSort(scanner) }),
  take: (scanner) => ({ kind: 'take', count: parseCount(scanner) }),
  limit: (scanner) => ({ kind: 'take', count: parseCount(scanner) }),
  top: (scanner) => ({ kind: 'top', count: parseCount(scanner), keys: parseSort(scanner) }),
  count: () => ({ kind: 'count' }),
  summarize: parseSummarize,
  distinct: (scanner) =>
    scanner.take('*') === undefined
      ? { kind: 'distinct', columns: parseColumns(scanner) }
      : { kind: 'distinct-all' },
  'mv-expand': parseExpand,
  mvexpand: parseExpand,
};

function startsOperator({ text }: Token): boolean {
  return text in parsers || text === 'mv' || text === 'let';
}

function parseOperator(scanner: Scanner): Operator {
  const { text, position } = scanner.next();
  let name = text;
  // `project-away` and `mv-expand` are one word each.
  while (isWord(scanner.peek(), '-')) {
    scanner.next();
    name += `-${scanner.next().text}`;
  }
  const parse = Object.hasOwn(parsers, name) ? parsers[name] : undefined;
  if (parse === undefined) {
    throw notModelled(`The operator "${name}"`, name, position);
  }
  return parse(scanner);
}

function parseColumns(scanner: Scanner): readonly NamedExpression[] {
  const columns: NamedExpression[] = [];
  do {
    columns.push(parseNamedExpression(scanner));
  } while (scanner.take(',') !== undefined);
  return columns;
}

function parseNamedExpression(scanner: Scanner): NamedExpression {
  const expression = parseExpression(scanner);
  if (scanner.take('=') === undefined) {
    return { name: undefined, expression };
  }
  if (expression.kind !== 'column') {
    throw unexpected(scanner.peek(), 'a name before "="');
  }
  return { name: expression.name, expression: parseExpression(scanner) };
}

function parseNames(scanner: Scanner): readonly { name: string; position: number }[] {
  return parseColumns(scanner).map(({ name, expression }) => {
    if (name !== undefined || expression.kind !== 'column') {
      throw notModelled('Anything but names of columns', '', expression.position);
    }
    return { name: expression.name, position: expression.position };
  });
}

function parseSort(scanner: Scanner): readonly SortKey[] {
  scanner.expect('by');
  const keys: SortKey[] = [];
  do {
    const expression = parseExpression(scanner);
    const isAscending = scanner.take('asc') !== undefined;
    if (!isAscending) {
      scanner.take('desc');
    }
    keys.push({
      expression,
      isDescending: !isAscending,
      areNullsFirst: parseNulls(scanner) ?? isAscending,
    });
  } while (scanner.take(',') !== undefined);
  return keys;
}

function parseNulls(scanner: Scanner): boolean | undefined {
  if (scanner.take('nulls') === undefined) {
    return undefined;
  }
  if (scanner.take('first') !== undefined) {
    return true;
  }
  scanner.expect('last');
  return false;
}

function parseCount(scanner: Scanner): number {
  const token = scanner.next();
  if (token.kind !== 'number' || !/^\d+$/.test(token.text)) {
    throw unexpected(token, 'a whole number');
  }
  return Number(token.text);
}

function parseSummarize(scanner: Scanner): Operator {
  const aggregates = scanner.take('by') === undefined ? parseColumns(scanner) : undefined;
  const by = aggregates === undefined || scanner.take('by') !== undefined ? parseColumns(scanner) : [];
  return { kind: 'summarize', aggregates: aggregates ?? [], by };
}

function parseExpand(scanner: Scanner): Operator {
  const column = parseNamedExpression(scanner);
  let type = typeNamed('dynamic') ?? 'dynamic';
  if (scanner.take('to') !== undefined) {
    scanner.expect('typeof');
    scanner.expect('(');
    const token = scanner.next();
    const named = typeNamed(token.text);
    if (named === undefined) {
      throw unexpected(token, 'the name of a type');
    }
    type = named;
    scanner.expect(')');
  }
  const limitToken = scanner.take('limit');
  const limit = limitToken === undefined ? expandDefault : parseCount(scanner);
  if (limit > expandMost) {
    throw notModelled(`A limit of mv-expand above ${expandMost}`, String(limit), limitToken?.position ?? 0);
  }
  if (isWord(scanner.peek(), ',')) {
    throw notModelled('mv-expand of more than one column', ',', scanner.peek().position);
  }
  return { kind: 'mv-expand', column, type, limit };
}
