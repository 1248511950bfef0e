import type { z } from 'zod';
import type { Path, Remark } from './diagnostic.ts';
import { fieldAt } from './schema-fields.ts';
import { nearest } from './suggest.ts';

/** Most faults told: each costs a search for the word that was meant. */
const most = 100;

type Issue = z.core.$ZodIssue;

/** Faults that the schema finds, as remarks on paths. */
export function schemaFaults(issues: readonly Issue[], document: unknown): readonly Remark[] {
  return issues.slice(0, most).flatMap((issue) => faultsOf(issue, [], document));
}

function faultsOf(issue: Issue, above: Path, document: unknown): readonly Remark[] {
  const path: Path = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? '' : part))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, most).map((key) => unknownKey(path, key));
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? issue.message;
    return [{ ...fault(issue, path, document), message, atKey: true }];
  }
  const meant = issue.code === 'invalid_union' ? meantOf(issue.errors) : undefined;
  return meant ? meant.flatMap((error) => faultsOf(error, path, document)) : [fault(issue, path, document)];
}

/** The alternative of a union whose type fits, or undefined if none does. */
function meantOf(alternatives: readonly Issue[][]): readonly Issue[] | undefined {
  const without = (...codes: readonly Issue['code'][]) =>
    alternatives.find(
      (issues) => !issues.some(({ code, path }) => path.length === 0 && codes.includes(code)),
    );
  return without('invalid_type', 'invalid_value') ?? without('invalid_type');
}

function unknownKey(path: Path, key: string): Remark {
  const { keys } = fieldAt(path);
  const meant = nearest(key, keys);
  const known =
    keys.length === 0 ? 'take it out: nothing may stand here yet' : `the keys here are ${keys.join(', ')}`;
  return {
    severity: 'error',
    path: [...path, key],
    atKey: true,
    message: `unknown key "${key}"`,
    mend: meant === undefined ? known : `did you mean "${meant}"?`,
  };
}

function fault(issue: Issue, path: Path, document: unknown): Remark {
  const given = valueAt(document, path);
  const { description, values } = fieldAt(path);
  const meant = typeof given === 'string' ? nearest(given, values) : undefined;
  const name = path.at(-1) ?? 'document';
  return {
    severity: 'error',
    path,
    message: given === undefined ? `"${name}" is missing` : expectation(issue, values),
    mend: meant === undefined ? (description ?? 'see the example policy') : `did you mean "${meant}"?`,
  };
}

const typeNames: Readonly<Partial<Record<string, string>>> = {
  string: 'a text (quote it where YAML takes it for something else)',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
};

function expectation(issue: Issue, values: readonly string[]): string {
  if (issue.message.startsWith('expected')) {
    return issue.message;
  }
  if (issue.code === 'invalid_type') {
    return `expected ${typeNames[issue.expected] ?? issue.expected}`;
  }
  return values.length > 0 ? `expected one of ${values.join(', ')}` : issue.message;
}

function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const part of path) {
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, part);
    value = isThere ? (value as Record<string | number, unknown>)[part] : undefined;
  }
  return value;
}
