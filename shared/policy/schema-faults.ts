import type { z } from 'zod';
import type { Path, Remark } from './diagnostic.ts';
import { fieldAt } from './schema-fields.ts';
import { nearest } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** What the schema refuses, as remarks on paths. */
export function schemaFaults(issues: readonly Issue[], document: unknown): readonly Remark[] {
  return issues.flatMap((issue) => faultsOf(issue, [], document));
}

function faultsOf(issue: Issue, above: Path, document: unknown): readonly Remark[] {
  const path: Path = [...above, ...issue.path.map((part) => (typeof part === 'symbol' ? '' : part))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(path, key));
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? issue.message;
    return [{ ...fault(issue, path, document), message, atKey: true }];
  }
  // The alternative that was meant is the one whose type fits.
  const meant =
    issue.code === 'invalid_union' &&
    issue.errors.find((errors) => !errors.some((error) => isOtherType(error)));
  return meant ? meant.flatMap((error) => faultsOf(error, path, document)) : [fault(issue, path, document)];
}

function isOtherType({ code, path }: Issue): boolean {
  return code === 'invalid_type' && path.length === 0;
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
