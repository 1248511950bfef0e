import { type ErrorCode, RemediationError } from './errors.ts';
import { safeCause } from './text/safe-cause.ts';
import { redact } from './text/secrets.ts';

/** Errors of the storage SDKs, as far as they are read here. */
interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly statusCode?: number;
  /** The Tables client puts the service's code here, except for a transaction. */
  readonly details?: { readonly odataError?: { readonly code?: string } };
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

const identityErrors = new Set([
  'AuthenticationError',
  'AuthenticationRequiredError',
  'AggregateAuthenticationError',
  'CredentialUnavailableError',
]);
const noAnswerErrors = new Set(['AbortError', 'TimeoutError', 'FetchError']);
const noAnswerCode = /^(REQUEST_SEND_ERROR|E[A-Z]{4,}|UND_ERR_.*)$/;

/** The HTTP status of a storage answer; undefined when there was no answer. */
export function storageStatus(error: unknown): number | undefined {
  return asSdkError(error).statusCode;
}

/**
 * The one translation of errors from Tables and Blobs. `what` completes "Cannot ...". An error that comes from
 * neither is a fault of Leakstop: `internal-error`.
 */
export function toStorageError(error: unknown, what: string): RemediationError {
  if (error instanceof RemediationError) {
    return error;
  }
  const sdkError = asSdkError(error);
  const said = serviceCode(sdkError) ?? sdkError.message ?? sdkError.name ?? String(error);
  const detail = redact(said.split('\n')[0] ?? '');
  const status = sdkError.statusCode === undefined ? '' : `${sdkError.statusCode} `;
  return new RemediationError(codeOf(sdkError), `Cannot ${what}: ${status}${detail}`, {
    cause: safeCause(error),
    retryAfterInMs: retryAfterOf(sdkError),
  });
}

function asSdkError(error: unknown): SdkError {
  return typeof error === 'object' && error !== null ? error : {};
}

function serviceCode(error: SdkError): string | undefined {
  return error.code ?? error.details?.odataError?.code;
}

function codeOf(error: SdkError): ErrorCode {
  if (identityErrors.has(error.name ?? '')) {
    return 'identity-unavailable';
  }
  const { statusCode } = error;
  if (statusCode === undefined) {
    const isUnanswered = noAnswerErrors.has(error.name ?? '') || noAnswerCode.test(error.code ?? '');
    return isUnanswered ? 'storage-unavailable' : 'internal-error';
  }
  return codeOfStatus(statusCode, serviceCode(error));
}

function codeOfStatus(status: number, code: string | undefined): ErrorCode {
  // A missing table, or one that is being deleted, is an installation in progress: work must not be given up for it.
  if (status >= 500 || status === 408 || code === 'TableNotFound' || code === 'TableBeingDeleted') {
    return 'storage-unavailable';
  }
  switch (status) {
    case 401:
      return 'identity-unavailable';
    case 403:
      return 'access-denied';
    case 404:
      return 'resource-gone';
    case 409:
    case 412:
      return 'resource-changed';
    case 429:
      return 'throttled';
    default:
      return 'request-refused';
  }
}

function retryAfterOf(error: SdkError): number | undefined {
  const headers = error.response?.headers;
  const milliseconds = headers?.get('retry-after-ms') ?? headers?.get('x-ms-retry-after-ms');
  const seconds = headers?.get('retry-after');
  const wait = milliseconds === undefined ? Number(seconds) * 1000 : Number(milliseconds);
  return Number.isFinite(wait) && wait >= 0 ? wait : undefined;
}
