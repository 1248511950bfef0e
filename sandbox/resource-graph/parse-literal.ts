import { QueryError } from './query-error.ts';
import type { Scanner } from './scanner.ts';
import { timespanOf } from './scanner.ts';
import type { Expression, ScalarType } from './syntax.ts';
import { toBool, toDatetime, toLong, toReal } from './values.ts';

const types: Readonly<Record<string, ScalarType>> = {
  bool: 'bool',
  boolean: 'bool',
  int: 'long',
  long: 'long',
  real: 'real',
  double: 'real',
  datetime: 'datetime',
  timespan: 'timespan',
  time: 'timespan',
  dynamic: 'dynamic',
};

/** The scalar type of a name such as `int`; undefined where it is none. */
export function typeNamed(name: string): ScalarType | undefined {
  return name === 'string' ? 'string' : types[name];
}

/** Reads what follows `datetime(`, `dynamic(`, `int(` and their like; undefined when the name is none of these. */
export function parseLiteralCall(scanner: Scanner, name: string, position: number): Expression | undefined {
  const type = types[name];
  if (type === undefined) {
    return undefined;
  }
  const raw = scanner.rawUntilClosed();
  const text = raw.text.trim();
  const value = text === 'null' ? null : readers[type]?.(text);
  if (value === undefined || (value === null && text !== 'null')) {
    throw new QueryError('ParserFailure', `ParserFailure: ${name}() holds no such value`, text, raw.position);
  }
  return { kind: 'literal', type, value, position };
}

const readers: Readonly<Partial<Record<ScalarType, (text: string) => unknown>>> = {
  bool: toBool,
  long: toLong,
  real: toReal,
  datetime: toDatetime,
  timespan: (text) => (/^\d+(\.\d+)?(ms|d|h|m|s)$/.test(text) ? timespanOf(text) : undefined),
  dynamic: (text) => {
    try {
      return JSON.parse(inDoubleQuotes(text)) as unknown;
    } catch {
      return undefined;
    }
  },
};

/** Kusto takes texts in single quotes too. */
function inDoubleQuotes(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|'(?<single>[^'\\]*)'/g, (whole, single: string | undefined) =>
    single === undefined ? whole : JSON.stringify(single),
  );
}
