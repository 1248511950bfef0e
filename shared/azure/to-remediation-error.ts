import type { RestError } from '@azure/core-rest-pipeline';
import type { ErrorCode } from '../errors.ts';
import { RemediationError } from '../errors.ts';
import { jsonOf } from '../text/json-text.ts';
import type { Refusal } from '../refusal.ts';
import { refusalWords } from '../refusal.ts';
import { safeCause } from '../text/safe-cause.ts';
import { readDenyAssignment, readLocks, readPolicies } from './read-refusal.ts';

/** Our codes for Azure's own error codes, where the status alone does not tell. */
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
  // Azure sends these with 409, yet none of them passes by itself.
  MissingSubscriptionRegistration: 'request-refused',
  MissingRegistrationForLocation: 'request-refused',
  ReadOnlyDisabledSubscription: 'request-refused',
};

/**
 * Codes whose names say that an operation is under way, whatever the provider: `StorageAccountIsNotProvisioned`,
 * `AnotherOperationInProgress`. Some come with 400 (`StorageProvisioningStateNotSucceeded`).
 */
const underWay = /(OperationInProgress|InProgress|NotProvisioned|ProvisioningStateNotSucceeded)$/;

/** Refusals that hold for every write to the resource. A linked refusal depends on the written property. */
const wholeCodes: readonly ErrorCode[] = [
  'access-denied',
  'denied-by-assignment',
  'resource-locked',
  'resource-gone',
];
const linked = 'LinkedAuthorizationFailed';

/**
 * Translates an error of a management call. No other place knows status codes of Resource Manager. Azure's message is
 * never copied whole: an error body is untrusted. The SDK's pager drops the body from its errors, so it is a
 * parameter of its own.
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
    // The call may have taken effect all the same.
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

/** The host distinguishes a wrong endpoint, a proxy or a name server from an outage of Azure. */
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

/** Read the names of whatever forbids the write. The code alone says that something does. */
const refusalReaders: Partial<Record<ErrorCode, ReadRefusal>> = {
  'resource-locked': readLocks,
  'denied-by-policy': (said, error) => readPolicies(said, bodyOf(error)),
  'denied-by-assignment': readDenyAssignment,
};

/** The error as Azure sent it: the SDK keeps only the parts of a body that its own description names. */
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
    // A 404 that does not name the resource says nothing about it: it may come from a front end that does not know it
    // yet.
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

/**
 * Azure names the missing action in the text only. The text of a linked refusal first names an action that the caller
 * has.
 */
function refusedAction(message: string): string | undefined {
  return /not have (?:authorization|permissions?) to perform action\(?s?\)? '(?<action>[A-Za-z0-9./*]{3,200})'/.exec(
    message,
  )?.groups?.action;
}

function retryAfterOf(error: RestError): number | undefined {
  const seconds = Number(error.response?.headers.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
}

/** The SDK throws no error class of its own when a request's time limit ends. */
function isTimeout(error: unknown): boolean {
  return ['AbortError', 'TimeoutError'].includes(nameOf(error));
}

/** Checked by name: the SDK is loaded lazily, and a bundle may hold its error class more than once. */
function isRestError(error: unknown): error is RestError {
  return nameOf(error) === 'RestError';
}

/** Checked by name: the identity SDK is loaded lazily. */
function isIdentityError(error: unknown): boolean {
  return /^(AuthenticationError|AggregateAuthenticationError|CredentialUnavailableError|AuthenticationRequiredError)$/.test(
    nameOf(error),
  );
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
