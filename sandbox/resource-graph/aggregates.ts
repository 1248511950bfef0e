import { compile, compilePredicate } from './compile.ts';
import type { Scope } from './compile.ts';
import type { Compiled } from './compiled.ts';
import { notModelled, semanticError } from './query-error.ts';
import type { Expression, NamedExpression, ScalarType } from './syntax.ts';
import type { Column, Row } from './table.ts';
import { compareValues, toJson } from './values.ts';

/** What a column of `summarize` makes of the rows of a group. */
export interface Aggregate {
  readonly column: Column;
  readonly of: (rows: readonly Row[]) => unknown;
}

type Call = Extract<Expression, { kind: 'call' }>;
type Value = (row: Row) => unknown;

/** Resource Graph's bound of `make_list` and `make_set`. */
const listMost = 1_048_576;

const ofOne: Readonly<
  Record<
    string,
    {
      readonly prefix: string;
      readonly type?: ScalarType;
      readonly of: (rows: readonly Row[], value: Value, type: ScalarType) => unknown;
    }
  >
> = {
  make_list: { prefix: 'list_', type: 'dynamic', of: (rows, value, type) => listOf(rows, value, type) },
  make_set: {
    prefix: 'set_',
    type: 'dynamic',
    of: (rows, value, type) => {
      const seen = new Map(listOf(rows, value, type).map((item) => [JSON.stringify(item), item]));
      return [...seen.values()];
    },
  },
  any: { prefix: 'any_', of: takeAny },
  take_any: { prefix: '', of: takeAny },
  min: { prefix: 'min_', of: (rows, value) => extreme(rows, value, -1) },
  max: { prefix: 'max_', of: (rows, value) => extreme(rows, value, 1) },
  sum: {
    prefix: 'sum_',
    of: (rows, value) => rows.reduce((sum, row) => sum + Number(value(row) ?? 0), 0),
  },
  dcount: {
    prefix: 'dcount_',
    type: 'long',
    of: (rows, value, type) => new Set(listOf(rows, value, type).map((item) => JSON.stringify(item))).size,
  },
};

/** Prepares a column of `summarize`. @throws QueryError for what is no aggregate or is not modelled */
export function compileAggregate({ name, expression }: NamedExpression, scope: Scope): Aggregate {
  if (expression.kind !== 'call') {
    throw notModelled('An aggregate that is not a call of one function', '', expression.position);
  }
  switch (expression.name) {
    case 'count':
      return { column: { name: name ?? 'count_', type: 'long' }, of: (rows) => rows.length };
    case 'countif': {
      const [condition] = parametersOf(expression, 1);
      const test = compilePredicate(condition, scope, 'countif');
      return {
        column: { name: name ?? 'countif_', type: 'long' },
        of: (rows) => rows.filter((row) => test(row) === true).length,
      };
    }
    default:
      return compileOfOne(expression, name, scope);
  }
}

function compileOfOne(call: Call, name: string | undefined, scope: Scope): Aggregate {
  const definition = Object.hasOwn(ofOne, call.name) ? ofOne[call.name] : undefined;
  if (definition === undefined) {
    throw notModelled(`The aggregate "${call.name}"`, call.name, call.position);
  }
  const [parameter] = parametersOf(call, 1);
  const value = compile(parameter, scope);
  requireFit(call, value);
  if (name === undefined && parameter.kind !== 'column') {
    throw notModelled(`An aggregate of an expression without a name`, call.name, call.position);
  }
  const of = parameter.kind === 'column' ? parameter.name : '';
  return {
    column: { name: name ?? `${definition.prefix}${of}`, type: definition.type ?? value.type },
    of: (rows) => definition.of(rows, value.of, value.type),
  };
}

function parametersOf(call: Call, count: number): readonly [Expression] {
  const [first] = call.parameters;
  if (first === undefined || call.parameters.length !== count) {
    throw notModelled(`${call.name}() with ${call.parameters.length} parameters`, call.name, call.position);
  }
  return [first];
}

function requireFit({ name, position }: Call, { type }: Compiled): void {
  const isOrdered = name === 'min' || name === 'max';
  const isBad =
    (isOrdered && (type === 'dynamic' || type === 'string' || type === 'bool')) ||
    (name === 'sum' && type !== 'long' && type !== 'real');
  if (isBad) {
    throw semanticError(`${name}() of a value of type ${type}: add an explicit cast`, name, position);
  }
}

/** Values of a group that are not null, as they stand in a dynamic. */
function listOf(rows: readonly Row[], value: Value, type: ScalarType): readonly unknown[] {
  return rows
    .map((row) => toJson(value(row), type))
    .filter((item) => item !== null)
    .slice(0, listMost);
}

/** The first value that is there. */
function takeAny(rows: readonly Row[], value: Value): unknown {
  const found = rows.find((row) => ![null, undefined, ''].includes(value(row) as null));
  return found === undefined ? (rows[0] === undefined ? null : value(rows[0])) : value(found);
}

function extreme(rows: readonly Row[], value: Value, sign: 1 | -1): unknown {
  return rows
    .map((row) => value(row) ?? null)
    .reduce(
      (best, item) =>
        best === null || (item !== null && sign * compareValues(item, best) > 0) ? item : best,
      null,
    );
}
