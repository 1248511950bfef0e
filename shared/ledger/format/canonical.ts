import type { z } from 'zod';
import { canonicalJson, type Json, LedgerFormatError } from './json.ts';

/**
 * Reads a text that must be the one canonical text of a value of that shape.
 * @throws LedgerFormatError that names what is read and the field at fault.
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
  // Two texts must never stand for one thing: a name given twice would be read as one here, as another elsewhere.
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

/** Half of a surrogate pair can be written as JSON and has no canonical form. */
function canonicalOf(what: string, value: Json): string {
  try {
    return canonicalJson(value);
  } catch (cause) {
    throw new LedgerFormatError(`Cannot read the ${what}: it has no canonical form`, { cause });
  }
}
