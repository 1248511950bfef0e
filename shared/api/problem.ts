import { errorPolicies, RemediationError } from '../errors.ts';
import type { Problem } from './schemas.ts';

/** Every reason for refusing a call, with its status and its title. */
export const problems = {
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'no-token': { status: 401, title: 'Nobody is signed in' },
  'bad-token': { status: 401, title: 'The token is not taken' },
  'no-role': { status: 403, title: 'The caller has no role in Leakstop' },
  'not-allowed': { status: 403, title: 'The caller may not do this' },
  'not-found': { status: 404, title: 'There is no such thing' },
  changed: { status: 409, title: 'What was shown does not stand any more' },
  decided: { status: 409, title: 'It was decided before' },
  'not-decidable': { status: 409, title: 'There is nothing to decide' },
  'ledger-unreadable': { status: 409, title: 'The ledger holds what is no entry' },
  'no-length': { status: 411, title: 'The request does not say how long it is' },
  'too-large': { status: 413, title: 'The request is too large' },
  'wrong-media-type': { status: 415, title: 'The request is not JSON' },
  'too-many': { status: 429, title: 'It was asked for too often' },
  malformed: { status: 422, title: 'The request asks for what cannot be' },
  'internal-error': { status: 500, title: 'A fault in Leakstop' },
  unavailable: { status: 503, title: 'Something that is needed cannot be reached' },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemCode = keyof typeof problems;

/** A refusal on its way to the caller. Its message is for the caller and holds no secret. */
export class CallRefusal extends Error {
  override readonly name = 'CallRefusal';
  readonly code: ProblemCode;
  readonly more: Pick<Problem, 'current' | 'decided' | 'errors'>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    message: string,
    more: Pick<Problem, 'current' | 'decided' | 'errors'> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.code = code;
    this.more = more;
    this.headers = headers;
  }
}

/** The refusal as it is sent (RFC 9457). */
export function problemOf({ code, message, more }: CallRefusal): Problem {
  const { status, title } = problems[code];
  return { type: `urn:leakstop:problem:${code}`, title, status, detail: message, code, ...more };
}

const defaultWaitInSeconds = 10;

/**
 * The refusal for an error that nobody expected, or that passes by itself. Only `RemediationError` has words for
 * callers.
 */
export function refusalOf(error: unknown): CallRefusal {
  if (error instanceof CallRefusal) {
    return error;
  }
  if (error instanceof RemediationError && errorPolicies[error.code].retry !== 'never') {
    return unavailable(error.message, error.retryAfterInMs);
  }
  if (error instanceof RemediationError && error.code === 'not-supported') {
    // The change cannot be taken back.
    return new CallRefusal('not-decidable', error.message);
  }
  return new CallRefusal(
    'internal-error',
    'Nothing was recorded by this call. The log of the app says more.',
  );
}

/** `retryAfterInMs` is given if the wait is known. */
export function unavailable(message: string, retryAfterInMs = defaultWaitInSeconds * 1_000): CallRefusal {
  const seconds = Math.max(1, Math.ceil(retryAfterInMs / 1_000));
  return new CallRefusal('unavailable', message, {}, { 'Retry-After': String(seconds) });
}
