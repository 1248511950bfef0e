import type { Compiled } from './compiled.ts';
import { notModelled, semanticError } from './query-error.ts';
import type { Expression, ScalarType } from './syntax.ts';
import type { Row } from './table.ts';
import { toBool, toDatetime, toInt, toJson, toLong, toReal, toText } from './values.ts';

type Call = Extract<Expression, { kind: 'call' }>;

interface ScalarFunction {
  readonly least: number;
  readonly most: number;
  /** Types of its parameters, the last for all that follow; any when absent. */
  readonly takes?: readonly (readonly ScalarType[])[];
  /** Of its result, given the types of its parameters. */
  readonly type: ScalarType | ((types: readonly ScalarType[]) => ScalarType | undefined);
  readonly of: (values: readonly unknown[], types: readonly ScalarType[], now: number) => unknown;
}

const textual: readonly ScalarType[] = ['string', 'dynamic'];
const one = { least: 1, most: 1 } as const;

/** Functions of one row. All pass over what they cannot read by giving null, as Kusto's do. */
const functions: Readonly<Record<string, ScalarFunction>> = {
  not: { ...one, takes: [['bool']], type: 'bool', of: ([value]) => (value === null ? null : value !== true) },
  tobool: { ...one, type: 'bool', of: ([value]) => toBool(value) },
  tostring: { ...one, type: 'string', of: ([value], [type = 'dynamic']) => toText(value, type) },
  toint: { ...one, type: 'long', of: ([value]) => toInt(value) },
  tolong: { ...one, type: 'long', of: ([value]) => toLong(value) },
  toreal: { ...one, type: 'real', of: ([value]) => toReal(value) },
  todouble: { ...one, type: 'real', of: ([value]) => toReal(value) },
  todatetime: {
    ...one,
    takes: [['string', 'dynamic', 'datetime']],
    type: 'datetime',
    of: ([value]) => (typeof value === 'number' ? value : toDatetime(value)),
  },
  tolower: textFunction((text) => text.toLowerCase()),
  toupper: textFunction((text) => text.toUpperCase()),
  strlen: { ...one, takes: [textual], type: 'long', of: ([value]) => toText(value, 'dynamic').length },
  isnull: { ...one, type: 'bool', of: ([value], [type]) => isNull(value, type) },
  isnotnull: { ...one, type: 'bool', of: ([value], [type]) => !isNull(value, type) },
  isempty: { ...one, type: 'bool', of: ([value]) => isEmpty(value) },
  isnotempty: { ...one, type: 'bool', of: ([value]) => !isEmpty(value) },
  coalesce: {
    least: 2,
    most: 64,
    type: sameType,
    of: (values, types) => values.find((value, index) => !isBlank(value, types[index])) ?? values.at(-1),
  },
  iff: branch(),
  iif: branch(),
  strcat: {
    least: 1,
    most: 64,
    type: 'string',
    of: (values, types) => values.map((value, index) => toText(value, types[index] ?? 'dynamic')).join(''),
  },
  split: {
    least: 2,
    most: 2,
    takes: [textual, ['string']],
    type: 'dynamic',
    of: ([value, delimiter]) => toText(value, 'dynamic').split(String(delimiter)),
  },
  array_length: {
    ...one,
    takes: [['dynamic']],
    type: 'long',
    of: ([value]) => (Array.isArray(value) ? value.length : null),
  },
  pack_array: {
    least: 1,
    most: 64,
    type: 'dynamic',
    of: (values, types) => values.map((value, index) => toJson(value, types[index] ?? 'dynamic')),
  },
  parse_json: jsonFunction(),
  todynamic: jsonFunction(),
  now: {
    least: 0,
    most: 1,
    takes: [['timespan']],
    type: 'datetime',
    of: ([offset], _, now) => now + Number(offset ?? 0),
  },
  ago: { ...one, takes: [['timespan']], type: 'datetime', of: ([span], _, now) => now - Number(span) },
};

/** Prepares a call of a function. @throws QueryError when there is none, or its parameters do not fit */
export function compileFunction(call: Call, parameters: readonly Compiled[], now: number): Compiled {
  const { name, position } = call;
  const definition = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (definition === undefined) {
    throw notModelled(`The function "${name}"`, name, position);
  }
  const types = parameters.map(({ type }) => type);
  requireParameters(call, definition, types);
  const type = typeof definition.type === 'string' ? definition.type : definition.type(types);
  if (type === undefined) {
    throw semanticError(`${name}() wants parameters of one type and got ${types.join(', ')}`, name, position);
  }
  const { of } = definition;
  return {
    type,
    of: (row: Row) =>
      of(
        parameters.map((parameter) => parameter.of(row)),
        types,
        now,
      ),
  };
}

function requireParameters(
  { name, position }: Call,
  { least, most, takes }: ScalarFunction,
  types: readonly ScalarType[],
): void {
  if (types.length < least || types.length > most) {
    throw semanticError(
      `${name}() takes ${least} to ${most} parameters and got ${types.length}`,
      name,
      position,
    );
  }
  types.forEach((type, index) => {
    const allowed = takes?.[index] ?? takes?.at(-1);
    if (allowed !== undefined && !allowed.includes(type)) {
      throw semanticError(`${name}() wants ${allowed.join(' or ')} and got ${type}`, name, position);
    }
  });
}

function textFunction(change: (text: string) => string): ScalarFunction {
  return { ...one, takes: [textual], type: 'string', of: ([value]) => change(toText(value, 'dynamic')) };
}

function branch(): ScalarFunction {
  return {
    least: 3,
    most: 3,
    takes: [['bool'], ['string', 'bool', 'long', 'real', 'datetime', 'timespan', 'dynamic']],
    type: ([, ...types]) => sameType(types),
    of: ([condition, then, otherwise]) => (condition === true ? then : otherwise),
  };
}

/** A text that is not JSON stays the text that it is. */
function jsonFunction(): ScalarFunction {
  return {
    ...one,
    takes: [textual],
    type: 'dynamic',
    of: ([value], [type]) => {
      if (type === 'dynamic' && typeof value !== 'string') {
        return value;
      }
      try {
        return JSON.parse(String(value)) as unknown;
      } catch {
        return value === '' ? null : value;
      }
    },
  };
}

function sameType(types: readonly ScalarType[]): ScalarType | undefined {
  const [first] = types;
  return types.every((type) => type === first) ? first : undefined;
}

/** A text is never null. */
function isNull(value: unknown, type: ScalarType | undefined): boolean {
  return type !== 'string' && (value === null || value === undefined);
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

/** What `coalesce` passes over: nulls and, among texts, empty ones. */
function isBlank(value: unknown, type: ScalarType | undefined): boolean {
  return type === 'string' ? value === '' : isNull(value, type);
}
