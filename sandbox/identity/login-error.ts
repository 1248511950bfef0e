import { randomUUID } from 'node:crypto';

/** A refusal of the login endpoint: an error code of OAuth, and a code of Entra in its description. */
export class LoginError extends Error {
  readonly error: string;
  readonly code: number;

  constructor(error: string, code: number, message: string) {
    super(`AADSTS${code}: ${message}`);
    this.error = error;
    this.code = code;
  }

  /** Status of the answer where the token endpoint refuses. */
  get status(): number {
    return this.error === 'invalid_client' ? 401 : 400;
  }

  /** The body in which the token endpoint refuses. */
  body(now: Date): object {
    const traceId = randomUUID();
    const correlationId = randomUUID();
    const timestamp = `${now.toISOString().slice(0, 19).replace('T', ' ')}Z`;
    return {
      error: this.error,
      error_description: `${this.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [this.code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${this.code}`,
    };
  }
}

export function missing(parameter: string): LoginError {
  return new LoginError(
    'invalid_request',
    900144,
    `The request body must contain the following parameter: '${parameter}'.`,
  );
}
