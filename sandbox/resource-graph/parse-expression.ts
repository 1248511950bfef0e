import { parseLiteralCall } from './parse-literal.ts';
import { notModelled } from './query-error.ts';
import type { Scanner, Token } from './scanner.ts';
import { isWord, timespanOf, unexpected } from './scanner.ts';
import type { Expression } from './syntax.ts';

const memberships = ['in', 'in~', '!in', '!in~'];
const comparisons = [
  ...['==', '!=', '=~', '!~', '<', '<=', '>', '>='],
  ...['has', 'contains', 'startswith', 'endswith'].flatMap((name) => [
    name,
    `!${name}`,
    `${name}_cs`,
    `!${name}_cs`,
  ]),
];
const foreign = [
  ...['between', 'matches', 'has_any', 'has_all', 'hasprefix', 'hassuffix', 'like'],
  ...['!between', '!hasprefix', '!hassuffix', '*', '/', '%'],
];
// Deeper than anybody writes, shallower than the stack of this process.
const deepest = 100;

/** Reads one scalar expression. @throws QueryError for what is not one or is not modelled */
export function parseExpression(scanner: Scanner, depth = 0): Expression {
  if (depth > deepest) {
    throw notModelled(
      `An expression more than ${deepest} deep`,
      scanner.peek().text,
      scanner.peek().position,
    );
  }
  return parseChain(scanner, depth, ['or'], () =>
    parseChain(scanner, depth, ['and'], () => parseComparison(scanner, depth)),
  );
}

/** Reads expressions with commas between. */
export function parseList(scanner: Scanner, close: string, depth: number): readonly Expression[] {
  const items: Expression[] = [];
  if (scanner.take(close) !== undefined) {
    return items;
  }
  do {
    items.push(parseExpression(scanner, depth + 1));
  } while (scanner.take(',') !== undefined);
  scanner.expect(close);
  return items;
}

function parseChain(
  scanner: Scanner,
  depth: number,
  operators: readonly string[],
  parseOperand: () => Expression,
): Expression {
  let left = parseOperand();
  for (;;) {
    const token = takeOneOf(scanner, operators);
    if (token === undefined) {
      return left;
    }
    left = {
      kind: 'binary',
      operator: token.text,
      left,
      right: parseOperand(),
      position: token.position,
    };
  }
}

function parseComparison(scanner: Scanner, depth: number): Expression {
  const parseOperand = () => parseChain(scanner, depth, ['+', '-'], () => parsePostfix(scanner, depth));
  const left = parseOperand();
  const token = scanner.peek();
  if (foreign.some((text) => isWord(token, text))) {
    throw notModelled(`The operator "${token.text}"`, token.text, token.position);
  }
  const membership = takeOneOf(scanner, memberships);
  if (membership !== undefined) {
    scanner.expect('(');
    const list = parseList(scanner, ')', depth);
    return { kind: 'in', operator: membership.text, left, list, position: membership.position };
  }
  const comparison = takeOneOf(scanner, comparisons);
  if (comparison === undefined) {
    return left;
  }
  const { text: operator, position } = comparison;
  return { kind: 'binary', operator, left, right: parseOperand(), position };
}

function parsePostfix(scanner: Scanner, depth: number): Expression {
  let expression = parsePrimary(scanner, depth);
  for (;;) {
    const token = scanner.peek();
    if (scanner.take('.') !== undefined) {
      const name = scanner.next();
      if (name.kind !== 'name') {
        throw unexpected(name, 'a name');
      }
      expression = { kind: 'member', of: expression, key: name.text, position: token.position };
    } else if (scanner.take('[') !== undefined) {
      expression = { kind: 'member', of: expression, key: parseKey(scanner), position: token.position };
      scanner.expect(']');
    } else {
      return expression;
    }
  }
}

/** What stands between brackets: a name in quotes or a whole number, negative from the end. */
function parseKey(scanner: Scanner): string | number {
  const isNegative = scanner.take('-') !== undefined;
  const token = scanner.next();
  if (token.kind === 'text' && !isNegative) {
    return token.text;
  }
  if (token.kind === 'number' && /^\d+$/.test(token.text)) {
    return isNegative ? -Number(token.text) : Number(token.text);
  }
  throw notModelled('A key that is neither a text nor a whole number', token.text, token.position);
}

function parsePrimary(scanner: Scanner, depth: number): Expression {
  const token = scanner.next();
  const { position } = token;
  switch (token.kind) {
    case 'text':
      return { kind: 'literal', type: 'string', value: token.text, position };
    case 'number':
      return numberLiteral(token, 1);
    case 'timespan':
      return { kind: 'literal', type: 'timespan', value: timespanOf(token.text), position };
    case 'name':
      return parseNamed(scanner, token, depth);
    case 'symbol':
      return parseSymbol(scanner, token, depth);
    case 'end':
      throw unexpected(token, 'an expression');
  }
}

function parseSymbol(scanner: Scanner, token: Token, depth: number): Expression {
  if (token.text === '(') {
    const inner = parseExpression(scanner, depth + 1);
    scanner.expect(')');
    return inner;
  }
  if (token.text === '-' && scanner.peek().kind === 'number') {
    return numberLiteral(scanner.next(), -1);
  }
  if (token.text === '-' && scanner.peek().kind === 'timespan') {
    const value = -timespanOf(scanner.next().text);
    return { kind: 'literal', type: 'timespan', value, position: token.position };
  }
  if (token.text === '[' && scanner.peek().kind === 'text') {
    const name = scanner.next().text;
    scanner.expect(']');
    return { kind: 'column', name, position: token.position };
  }
  throw unexpected(token, 'an expression');
}

function parseNamed(scanner: Scanner, token: Token, depth: number): Expression {
  const { text: name, position } = token;
  if (name === 'true' || name === 'false') {
    return { kind: 'literal', type: 'bool', value: name === 'true', position };
  }
  if (name === 'null') {
    throw notModelled('A bare null, where Kusto writes dynamic(null) or int(null),', name, position);
  }
  if (scanner.take('(') === undefined) {
    return { kind: 'column', name, position };
  }
  const literal = parseLiteralCall(scanner, name, position);
  return literal ?? { kind: 'call', name, parameters: parseList(scanner, ')', depth), position };
}

function numberLiteral({ text, position }: Token, sign: number): Expression {
  const type = /^\d+$/.test(text) ? 'long' : 'real';
  return { kind: 'literal', type, value: sign * Number(text), position };
}

function takeOneOf(scanner: Scanner, texts: readonly string[]): Token | undefined {
  return texts.some((text) => isWord(scanner.peek(), text)) ? scanner.next() : undefined;
}
