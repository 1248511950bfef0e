import type { z } from 'zod';

/**
 * The first thing that a schema refuses: the path, and what was expected there. The refused value is never in it, since it
 * may be a secret.
 * @param within Path of the value that was read, where it is part of another one.
 */
export function schemaFault({ issues: [issue] }: z.ZodError, within = ''): string {
  const path = [within, ...(issue?.path ?? [])].filter((step) => step !== '').join('.');
  const expected = issue?.message ?? 'invalid';
  return path === '' ? expected : `${path}: ${expected}`;
}
