import { compareWith } from './comparisons.ts';
import type { Compiled } from './compiled.ts';
import { compileFunction } from './functions.ts';
import { notModelled, semanticError } from './query-error.ts';
import type { Expression, ScalarType } from './syntax.ts';
import { columnIndex } from './table.ts';
import type { Column, Row } from './table.ts';
import { toJson } from './values.ts';

/** What expressions may refer to. */
export interface Scope {
  readonly columns: readonly Column[];
  /** What `now()` gives, in milliseconds since 1970: one instant for the whole query. */
  readonly now: number;
}

/** Prepares an expression. @throws QueryError for types that do not go together or are not modelled */
export function compile(expression: Expression, scope: Scope): Compiled {
  switch (expression.kind) {
    case 'literal': {
      const { type, value } = expression;
      return { type, of: () => value };
    }
    case 'column': {
      const index = columnIndex(scope.columns, expression.name, expression.position);
      return { type: scope.columns[index]?.type ?? 'dynamic', of: (row) => row[index] };
    }
    case 'member':
      return compileMember(expression, scope);
    case 'call': {
      const parameters = expression.parameters.map((parameter) => compile(parameter, scope));
      return compileFunction(expression, parameters, scope.now);
    }
    case 'binary':
      return compileBinary(expression, scope);
    case 'in':
      return compileIn(expression, scope);
  }
}

/** Prepares an expression that has to be true or false. */
export function compilePredicate(
  expression: Expression,
  scope: Scope,
  of: string,
): (row: Row) => boolean | null {
  const compiled = compile(expression, scope);
  if (compiled.type !== 'bool') {
    throw semanticError(
      `${of} wants a value of type bool and got ${compiled.type}: use tobool()`,
      of,
      expression.position,
    );
  }
  return compiled.of as (row: Row) => boolean | null;
}

function compileMember(expression: Extract<Expression, { kind: 'member' }>, scope: Scope): Compiled {
  const of = compile(expression.of, scope);
  const { key } = expression;
  if (of.type !== 'dynamic') {
    throw semanticError(`A value of type ${of.type} has no members`, String(key), expression.position);
  }
  return { type: 'dynamic', of: (row) => memberOf(of.of(row), key) };
}

/** A member of a JSON value, names in their own case; null where there is none. */
function memberOf(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) {
    return typeof key === 'number' ? ((value.at(key) as unknown) ?? null) : null;
  }
  const isObject = typeof value === 'object' && value !== null;
  return isObject && typeof key === 'string' && Object.hasOwn(value, key)
    ? ((value as Record<string, unknown>)[key] ?? null)
    : null;
}

function compileBinary(expression: Extract<Expression, { kind: 'binary' }>, scope: Scope): Compiled {
  const { operator, position } = expression;
  if (operator === 'and' || operator === 'or') {
    return compileLogic(expression, operator === 'or', scope);
  }
  const left = compile(expression.left, scope);
  const right = compile(expression.right, scope);
  if (operator === '+' || operator === '-') {
    return compileSum(left, right, operator, position);
  }
  const compare = compareWith(operator, left.type, right.type, position);
  return { type: 'bool', of: (row) => compare(left.of(row), right.of(row)) };
}

/** Three-valued: null is neither, and gives way to the value that decides. */
function compileLogic(
  { left, right, operator }: Extract<Expression, { kind: 'binary' }>,
  deciding: boolean,
  scope: Scope,
): Compiled {
  const first = compilePredicate(left, scope, operator);
  const second = compilePredicate(right, scope, operator);
  return {
    type: 'bool',
    of: (row) => {
      const one = first(row);
      if (one === deciding) {
        return deciding;
      }
      const other = second(row);
      if (other === deciding) {
        return deciding;
      }
      return one === null || other === null ? null : !deciding;
    },
  };
}

const sums: Readonly<Record<string, ScalarType>> = {
  'long+long': 'long',
  'long-long': 'long',
  'real+real': 'real',
  'real-real': 'real',
  'long+real': 'real',
  'long-real': 'real',
  'real+long': 'real',
  'real-long': 'real',
  'datetime+timespan': 'datetime',
  'datetime-timespan': 'datetime',
  'datetime-datetime': 'timespan',
  'timespan+timespan': 'timespan',
  'timespan-timespan': 'timespan',
};

function compileSum(left: Compiled, right: Compiled, operator: '+' | '-', position: number): Compiled {
  const type = sums[`${left.type}${operator}${right.type}`];
  if (type === undefined) {
    throw notModelled(`${left.type} ${operator} ${right.type}`, operator, position);
  }
  const sign = operator === '+' ? 1 : -1;
  return {
    type,
    of: (row) => {
      const [one, other] = [left.of(row), right.of(row)];
      return typeof one === 'number' && typeof other === 'number' ? one + sign * other : null;
    },
  };
}

/** `in` is any `==`, `!in` is every `!=`; arrays stand for their elements. */
function compileIn(expression: Extract<Expression, { kind: 'in' }>, scope: Scope): Compiled {
  const { operator, position } = expression;
  const isNegated = operator.startsWith('!');
  const equality = operator.endsWith('~') ? '=~' : '==';
  const left = compile(expression.left, scope);
  const items = expression.list.map((item) => {
    const value = compile(item, scope);
    const isArray = item.kind === 'literal' && Array.isArray(item.value);
    if (value.type === 'dynamic' && !isArray) {
      throw notModelled(`A dynamic in the list of ${operator}`, operator, item.position);
    }
    const elements = isArray ? (item.value as unknown[]).map(literalOf) : [value];
    return elements.map((element) => ({
      element,
      isSame: compareWith(equality, left.type, element.type, position),
    }));
  });
  const all = items.flat();
  return {
    type: 'bool',
    of: (row) => {
      const value = left.of(row);
      const isIn = all.some(({ element, isSame }) => isSame(value, element.of(row)) === true);
      return isIn !== isNegated;
    },
  };
}

function literalOf(value: unknown): Compiled {
  const types: Readonly<Record<string, ScalarType>> = { string: 'string', boolean: 'bool', number: 'real' };
  const type = types[typeof value];
  if (type === undefined) {
    throw notModelled('An array or an object in a list', JSON.stringify(value), 0);
  }
  return { type, of: () => toJson(value, type) };
}
