import type { z } from 'zod';
import { RemediationError } from './errors.ts';
import { schemaFault } from './text/schema-fault.ts';

/**
 * A value that is what a schema says.
 * @param what Names the value in the message: "the message", for "Cannot read the message: ...".
 * @throws RemediationError `malformed-input` that names the path at fault, never the value there.
 */
export function readAs<Value>(schema: z.ZodType<Value>, value: unknown, what: string): Value {
  const result = schema.safeParse(value);
  if (!result.success) {
    throw malformed(what, schemaFault(result.error));
  }
  return result.data;
}

/**
 * A JSON text whose value is what a schema says.
 * @throws RemediationError `malformed-input` as {@link readAs} does, and for a text that is not JSON.
 */
export function readJsonAs<Value>(schema: z.ZodType<Value>, text: string, what: string): Value {
  return readAs(schema, readJson(text, what), what);
}

/** @throws RemediationError `malformed-input` for a text that is not JSON. */
export function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(what, 'expected JSON', { cause });
  }
}

function malformed(what: string, fault: string, options?: ErrorOptions): RemediationError {
  return new RemediationError('malformed-input', `Cannot read ${what}: ${fault}`, options);
}
