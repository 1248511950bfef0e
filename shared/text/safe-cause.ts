import { redact } from './secrets.ts';

/**
 * An error without the parts that SDKs attach: the request with its bearer token, the answer with its body. They must
 * not appear wherever an error is printed with its causes.
 */
export function safeCause(error: unknown): Error {
  const { name, message, code, statusCode } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Record<string, unknown>;
  const said = typeof error === 'string' ? error : 'not an error';
  const text = typeof message === 'string' ? message : said;
  // Shortened last: nobody can tell that half a secret is one.
  const safe = new Error((redact(text).split('\n')[0] ?? '').slice(0, 500).toWellFormed());
  safe.name = typeof name === 'string' ? name : 'Error';
  return Object.assign(safe, {
    ...(typeof code === 'string' ? { code: redact(code) } : {}),
    ...(typeof statusCode === 'number' ? { statusCode } : {}),
    ...(error instanceof Error && error.stack !== undefined
      ? { stack: redact(error.stack).slice(0, 4_000) }
      : {}),
  });
}
