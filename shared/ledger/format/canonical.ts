import type { z } from 'zod';
import { canonicalJson, type Json, LedgerFormatError } from './json.ts';

/**
 * Reads a text that must be the canonical text of a value of the schema's shape.
 * @throws LedgerFormatError that names `what` and the field at fault.
 */
export function parseCanonical<T>(what: string, schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LedgerFormatError(`Cannot read the ${what}: it is not JSON`, { cause });
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    throw misshapen(what, result.error);
  }
  // Two texts must never stand for one value: a name that occurs twice would be read differently elsewhere.
  if (canonicalOf(what, value as Json) !== text) {
    throw new LedgerFormatError(`Cannot read the ${what}: it is not in canonical form`);
  }
  return result.data;
}

/** The error of a value that a schema refuses: it names the field at fault. */
export function misshapen(what: string, { issues: [issue] }: z.ZodError): LedgerFormatError {
  const path = issue?.path.join('.') ?? '';
  return new LedgerFormatError(
    `Cannot read the ${what}: ${path === '' ? '' : `"${path}": `}${issue?.message ?? ''}`,
  );
}

/** JSON can hold half of a surrogate pair, which has no canonical form. */
function canonicalOf(what: string, value: Json): string {
  try {
    return canonicalJson(value);
  } catch (cause) {
    throw new LedgerFormatError(`Cannot read the ${what}: it has no canonical form`, { cause });
  }
}
