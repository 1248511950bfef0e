import { redact } from './secrets.ts';

/**
 * An error without what SDKs hang on theirs: the request with its bearer token, the answer with its body. Whatever
 * prints an error with its causes must not print those.
 */
export function safeCause(error: unknown): Error {
  const { name, message, code, statusCode } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Record<string, unknown>;
  const text = typeof message === 'string' ? message : typeof error === 'string' ? error : 'not an error';
  // Shortened last: of half a secret nobody can tell that it is one.
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
