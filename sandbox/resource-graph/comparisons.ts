import { notModelled, semanticError } from './query-error.ts';
import type { ScalarType } from './syntax.ts';
import { compareValues, convertDynamic, toText } from './values.ts';

export type Comparison = (left: unknown, right: unknown) => boolean | null;

const ordered: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

const textTests: Readonly<Record<string, (text: string, wanted: string) => boolean>> = {
  contains: (text, wanted) => text.includes(wanted),
  startswith: (text, wanted) => text.startsWith(wanted),
  endswith: (text, wanted) => text.endsWith(wanted),
  has: hasTerm,
};

/**
 * How an operator compares two values of given types.
 *
 * @throws QueryError for types that Kusto does not compare
 */
export function compareWith(
  operator: string,
  left: ScalarType,
  right: ScalarType,
  position: number,
): Comparison {
  requireComparable(operator, left, right, position);
  const sides = { left: converterOf(left, right), right: converterOf(right, left) };
  if (/^[=!]=$/.test(operator)) {
    return equality(operator === '!=', sides, (a, b) => a === b);
  }
  if (/^[=!]~$/.test(operator)) {
    requireText(operator, left, right, position);
    return equality(operator === '!~', sides, (a, b) => fold(a) === fold(b));
  }
  const order = ordered[operator];
  if (order === undefined) {
    return compareTexts(operator, left, right, position);
  }
  if ([left, right].some((type) => type === 'string' || type === 'bool')) {
    throw semanticError(
      `Cannot compare values of types ${left} and ${right} by ${operator}`,
      operator,
      position,
    );
  }
  return inOrder(order, sides);
}

type Converter = (value: unknown) => unknown;

interface Sides {
  readonly left: Converter;
  readonly right: Converter;
}

/** Null and a value differ; of two nulls nothing is known. */
function equality(
  isNegated: boolean,
  sides: Sides,
  isSame: (left: unknown, right: unknown) => boolean,
): Comparison {
  return (left, right) => {
    const a = sides.left(left);
    const b = sides.right(right);
    if (a === null && b === null) {
      return null;
    }
    return (a !== null && b !== null && isSame(a, b)) !== isNegated;
  };
}

/** Of null nothing is known. */
function inOrder(test: (order: number) => boolean, sides: Sides): Comparison {
  return (left, right) => {
    const a = sides.left(left);
    const b = sides.right(right);
    return a === null || b === null ? null : test(compareValues(a, b));
  };
}

/** A dynamic becomes a value of the type of the other side; all else stays as it is. */
function converterOf(type: ScalarType, other: ScalarType): Converter {
  return type === 'dynamic' ? (value) => convertDynamic(value, other) : (value) => value ?? null;
}

function requireComparable(operator: string, left: ScalarType, right: ScalarType, position: number): void {
  const types = [left, right];
  const isOneDynamic = left !== right && types.includes('dynamic') && !types.includes('timespan');
  const isOneType = left === right && left !== 'dynamic';
  if (!isOneDynamic && !isOneType && !types.every(isNumeric)) {
    throw semanticError(
      `Cannot compare values of types ${left} and ${right}. Try adding explicit casts`,
      operator,
      position,
    );
  }
}

/** `contains` and its like, with `!` before and `_cs` behind. A null dynamic is an empty text. */
function compareTexts(operator: string, left: ScalarType, right: ScalarType, position: number): Comparison {
  const name = operator.replace(/^!/, '').replace(/_cs$/, '');
  const test = textTests[name];
  if (test === undefined) {
    throw notModelled(`The operator "${operator}"`, operator, position);
  }
  requireText(operator, left, right, position);
  const isNegated = operator.startsWith('!');
  const adjust = operator.endsWith('_cs') ? (text: string) => text : fold;
  return (one, other) => test(adjust(toText(one, left)), adjust(toText(other, right))) !== isNegated;
}

function requireText(operator: string, left: ScalarType, right: ScalarType, position: number): void {
  const other = [left, right].find((type) => type !== 'string' && type !== 'dynamic');
  if (other !== undefined) {
    throw semanticError(`${operator} compares texts and got ${other}: use tostring()`, operator, position);
  }
}

/** Whether a text holds a term: letters and digits, with neither before nor behind. */
function hasTerm(text: string, term: string): boolean {
  for (let at = text.indexOf(term); at !== -1 && term !== ''; at = text.indexOf(term, at + 1)) {
    const before = text.charAt(at - 1);
    const behind = text.charAt(at + term.length);
    if (!isTermCharacter(before) && !isTermCharacter(behind)) {
      return true;
    }
  }
  return term === '';
}

function isTermCharacter(character: string): boolean {
  return /^[\p{L}\p{N}]$/u.test(character);
}

function isNumeric(type: ScalarType): boolean {
  return type === 'long' || type === 'real';
}

function fold(value: unknown): string {
  return String(value).toLowerCase();
}
