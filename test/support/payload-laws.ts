import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { isEntryKind, payloadSchemas } from '../../shared/ledger/format/read-payload.ts';
import { schemaFault } from '../../shared/text/schema-fault.ts';

/** What is wrong with a payload of a kind: not of its schema, or with a member that no schema names; undefined when it fits. */
export function misfitOf(kind: string, payload: object): string | undefined {
  // The ledger's own note of what it took out.
  const { masked: _masked, ...given } = payload as { masked?: unknown };
  if (!isEntryKind(kind)) {
    return `${kind}: no schema: ${JSON.stringify(given)}`;
  }
  const schema: z.ZodType = payloadSchemas[kind];
  const result = schema.safeParse(given);
  if (!result.success) {
    return `${kind}: ${schemaFault(result.error)}: ${JSON.stringify(given)}`;
  }
  return isDeepStrictEqual(result.data, given)
    ? undefined
    : `${kind}: stray member: ${JSON.stringify(given)}`;
}

/** Every payload of rows of the ledger that does not fit its kind. Rows that a test spoilt are passed over. */
export function misfitsIn(rows: readonly object[]): string[] {
  return rows.flatMap((row) => {
    const entry = entryIn(row as Record<string, unknown>);
    const misfit = entry && misfitOf(entry.kind, entry.payload);
    return misfit === undefined ? [] : [misfit];
  });
}

function entryIn(
  row: Record<string, unknown>,
): { readonly kind: string; readonly payload: object } | undefined {
  try {
    const { kind } = JSON.parse(textIn(row, 'header')) as { kind: string };
    const { payload } = JSON.parse(textIn(row, 'body')) as { payload: object };
    return { kind, payload };
  } catch {
    return undefined;
  }
}

/** A text that may be spread over numbered properties. */
export function textIn(row: Record<string, unknown>, name: string): string {
  const parts = Object.keys(row).filter((key) => key === name || new RegExp(`^${name}_?\\d+$`).test(key));
  return parts
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .map((key) => String(row[key]))
    .join('');
}
