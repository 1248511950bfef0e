import type { RestError } from '@azure/core-rest-pipeline';
import type { ErrorCode } from '../errors.ts';
import { RemediationError } from '../errors.ts';
import { safeCause } from '../telemetry/safe-cause.ts';

/** Codes by Azure's own error code, where the status alone does not tell. */
const byAzureCode: Readonly<Record<string, ErrorCode>> = {
  AuthorizationFailed: 'access-denied',
  LinkedAuthorizationFailed: 'access-denied',
  RequestDisallowedByPolicy: 'denied-by-policy',
  ScopeLocked: 'resource-locked',
  AnotherOperationInProgress: 'operation-in-progress',
  RetryableErrorDueToAnotherOperation: 'operation-in-progress',
  StorageAccountOperationInProgress: 'operation-in-progress',
  RetryableError: 'operation-in-progress',
  ResourceNotFound: 'resource-gone',
  ResourceGroupNotFound: 'resource-gone',
  ParentResourceNotFound: 'resource-gone',
  ContainerNotFound: 'resource-gone',
  FeatureNotSupportedForAccount: 'not-supported',
};

/**
 * Says what an error of a management call means. The only place that knows status codes of Resource Manager.
 * Azure's message is never copied whole: an error body is not ours to trust. The SDK's pager drops the body from its
 * errors, so that it comes apart.
 */
export function toRemediationError(error: unknown, what: string, body = ''): RemediationError {
  if (error instanceof RemediationError) {
    return error;
  }
  if (isIdentityError(error)) {
    return new RemediationError('identity-unavailable', `Cannot ${what}: no token for the managed identity`, {
      cause: safeCause(error),
    });
  }
  if (isTimeout(error)) {
    // It may have taken effect all the same.
    return new RemediationError('azure-unavailable', `Cannot ${what}: no answer in time`, {
      cause: safeCause(error),
    });
  }
  if (!isRestError(error)) {
    return new RemediationError('internal-error', `Cannot ${what}: ${nameOf(error)}`, {
      cause: safeCause(error),
    });
  }
  const azureCode = azureCodeOf(error);
  const code = byAzureCode[azureCode ?? ''] ?? codeOfStatus(error.statusCode);
  const action = code === 'access-denied' ? refusedAction(`${error.message} ${body}`) : undefined;
  const detail = [error.statusCode ?? noAnswerFrom(error), azureCode, action]
    .filter((part) => part !== undefined)
    .join(' ');
  return new RemediationError(code, `Cannot ${what}: ${detail}`, {
    cause: safeCause(error),
    action,
    retryAfterInMs: retryAfterOf(error),
  });
}

/** The host tells a wrong endpoint, a proxy and a name server apart from Azure being away. */
function noAnswerFrom({ request }: RestError): string {
  const url = request?.url ?? '';
  return URL.canParse(url) ? `no answer from ${new URL(url).host}` : 'no answer';
}

function codeOfStatus(status: number | undefined): ErrorCode {
  switch (status) {
    case 401:
      return 'identity-unavailable';
    case 403:
      return 'access-denied';
    case 412:
      return 'resource-changed';
    case 429:
      return 'throttled';
    // A 404 that does not name the resource says nothing of it: it may be a front end that has not heard of it yet.
    case undefined:
    case 404:
    case 408:
      return 'azure-unavailable';
    default:
      return status >= 500 ? 'azure-unavailable' : 'request-refused';
  }
}

function azureCodeOf(error: RestError): string | undefined {
  const candidates = [error.code, (error.details as { error?: { code?: unknown } } | undefined)?.error?.code];
  return candidates.find(
    (code): code is string => typeof code === 'string' && /^[A-Za-z0-9_]{1,80}$/.test(code),
  );
}

/** Azure names the missing action in the text only. */
function refusedAction(message: string): string | undefined {
  return /perform action '(?<action>[A-Za-z0-9./*]{3,200})'/.exec(message)?.groups?.action;
}

function retryAfterOf(error: RestError): number | undefined {
  const seconds = Number(error.response?.headers.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
}

/** What the SDK throws when the limit of a request runs out is not its error class. */
function isTimeout(error: unknown): boolean {
  return ['AbortError', 'TimeoutError'].includes(nameOf(error));
}

/** Known by name: the SDK is loaded lazily, and a bundle may hold its error class more than once. */
function isRestError(error: unknown): error is RestError {
  return nameOf(error) === 'RestError';
}

/** The identity SDK is loaded lazily, so its errors are known by their names. */
function isIdentityError(error: unknown): boolean {
  return /^(AuthenticationError|AggregateAuthenticationError|CredentialUnavailableError|AuthenticationRequiredError)$/.test(
    nameOf(error),
  );
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
