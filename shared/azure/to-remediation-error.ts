import type { RestError } from '@azure/core-rest-pipeline';
import type { ErrorCode } from '../errors.ts';
import { RemediationError } from '../errors.ts';
import { jsonOf } from '../text/json-text.ts';
import type { Refusal } from '../refusal.ts';
import { refusalWords } from '../refusal.ts';
import { safeCause } from '../text/safe-cause.ts';
import { readDenyAssignment, readLocks, readPolicies } from './read-refusal.ts';

/** Codes by Azure's own error code, where the status alone does not tell. */
const byAzureCode: Readonly<Record<string, ErrorCode>> = {
  AuthorizationFailed: 'access-denied',
  LinkedAuthorizationFailed: 'access-denied',
  RequestDisallowedByPolicy: 'denied-by-policy',
  DenyAssignmentAuthorizationFailed: 'denied-by-assignment',
  ScopeLocked: 'resource-locked',
  RetryableErrorDueToAnotherOperation: 'operation-in-progress',
  RetryableError: 'operation-in-progress',
  ResourceNotFound: 'resource-gone',
  ResourceGroupNotFound: 'resource-gone',
  ParentResourceNotFound: 'resource-gone',
  ContainerNotFound: 'resource-gone',
  FeatureNotSupportedForAccount: 'not-supported',
  // With 409, and yet nothing of it passes by itself.
  MissingSubscriptionRegistration: 'request-refused',
  MissingRegistrationForLocation: 'request-refused',
  ReadOnlyDisabledSubscription: 'request-refused',
};

/**
 * Codes that say of themselves that something is under way, whatever the provider: `StorageAccountIsNotProvisioned`,
 * `AnotherOperationInProgress`. Some come with 400 (`StorageProvisioningStateNotSucceeded`).
 */
const underWay = /(OperationInProgress|InProgress|NotProvisioned|ProvisioningStateNotSucceeded)$/;

/** Azure's codes of refusals that hold for every write to the resource. One that is linked depends on what is written. */
const wholeCodes: readonly ErrorCode[] = [
  'access-denied',
  'denied-by-assignment',
  'resource-locked',
  'resource-gone',
];
const linked = 'LinkedAuthorizationFailed';

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
  const code = codeOf(azureCode, error.statusCode);
  const said = `${error.message} ${body}`;
  const action = code === 'access-denied' ? refusedAction(said) : undefined;
  const refusal = refusalReaders[code]?.(said, error);
  const detail = [error.statusCode ?? noAnswerFrom(error), azureCode, action]
    .filter((part) => part !== undefined)
    .join(' ');
  const words = refusal === undefined ? undefined : refusalWords({ refusal })?.what;
  return new RemediationError(code, `Cannot ${what}: ${[detail, words].filter(Boolean).join(': ')}`, {
    cause: safeCause(error),
    action,
    refusal,
    isWhole: wholeCodes.includes(code) && azureCode !== linked,
    retryAfterInMs: retryAfterOf(error),
  });
}

/** The host tells a wrong endpoint, a proxy and a name server apart from Azure being away. */
function noAnswerFrom({ request }: RestError): string {
  const url = request?.url ?? '';
  return URL.canParse(url) ? `no answer from ${new URL(url).host}` : 'no answer';
}

function codeOf(azureCode: string | undefined, status: number | undefined): ErrorCode {
  const known = azureCode === undefined ? undefined : byAzureCode[azureCode];
  const isUnderWay = azureCode !== undefined && underWay.test(azureCode) && (status ?? 500) < 500;
  return known ?? (isUnderWay ? 'operation-in-progress' : codeOfStatus(status));
}

type ReadRefusal = (said: string, error: RestError) => Refusal;

/** What forbids the write, by name. The code says whether anything does. */
const refusalReaders: Partial<Record<ErrorCode, ReadRefusal>> = {
  'resource-locked': readLocks,
  'denied-by-policy': (said, error) => readPolicies(said, bodyOf(error)),
  'denied-by-assignment': readDenyAssignment,
};

/** The error as Azure sent it: the SDK keeps of a body only what its own description names. */
function bodyOf({ response }: RestError): unknown {
  const body = jsonOf(response?.bodyAsText ?? undefined);
  return (body as { error?: unknown } | null | undefined)?.error ?? body;
}

function codeOfStatus(status: number | undefined): ErrorCode {
  switch (status) {
    case 401:
      return 'identity-unavailable';
    case 403:
      return 'access-denied';
    case 409:
    case 423:
      return 'conflict';
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

/** Azure names the missing action in the text only. One that is linked names first what the caller may do. */
function refusedAction(message: string): string | undefined {
  return /not have (?:authorization|permissions?) to perform action\(?s?\)? '(?<action>[A-Za-z0-9./*]{3,200})'/.exec(
    message,
  )?.groups?.action;
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
