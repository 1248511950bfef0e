import type { ArmBody } from './arm-body.ts';

/** An answer of Resource Manager or of a provider that refuses a call, in Azure's words. */
export class ArmError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: readonly ArmBody[] | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    details?: readonly ArmBody[],
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.details = details;
  }

  toBody(): ArmBody {
    const details = this.details === undefined ? {} : { details: this.details };
    return { error: { code: this.code, message: this.message, ...details } };
  }
}

// Marks errors that the front door gives, before any resource provider sees the call.
const gateway = { 'x-ms-failure-cause': 'gateway' };

export function authenticationFailed(): ArmError {
  return new ArmError(
    401,
    'AuthenticationFailed',
    "Authentication failed. The 'Authorization' header is missing.",
    challenge("The authentication failed because of missing 'Authorization' header."),
  );
}

export function invalidAuthenticationToken(): ArmError {
  return new ArmError(
    401,
    'InvalidAuthenticationToken',
    'The access token is invalid.',
    challenge('Could not parse JWT token.'),
  );
}

export function invalidAudience(audience: string, audiences: readonly string[]): ArmError {
  const allowed = audiences.map((one) => `${one}/`).join(',');
  return new ArmError(
    401,
    'InvalidAuthenticationTokenAudience',
    `The access token has been obtained for wrong audience or resource '${audience}'. It should exactly match with one of the allowed audiences '${allowed}'.`,
    challenge('The access token has been obtained from wrong audience or resource.'),
  );
}

export function expiredAuthenticationToken(expiry: Date, now: Date): ArmError {
  return new ArmError(
    401,
    'ExpiredAuthenticationToken',
    `The access token expiry UTC time '${usTime(expiry)}' is earlier than current UTC time '${usTime(now)}'.`,
    challenge('The access token has expired.'),
  );
}

export function authorizationFailed(
  client: string,
  objectId: string,
  action: string,
  scope: string,
): ArmError {
  return new ArmError(
    403,
    'AuthorizationFailed',
    `The client '${client}' with object id '${objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    gateway,
  );
}

export function missingApiVersion(): ArmError {
  return new ArmError(
    400,
    'MissingApiVersionParameter',
    'The api-version query parameter (?api-version=) is required for all requests.',
    gateway,
  );
}

export function invalidApiVersion(apiVersion: string, supported: readonly string[]): ArmError {
  return new ArmError(
    400,
    'InvalidApiVersionParameter',
    `The api-version '${apiVersion}' is invalid. The supported versions are '${supported.join(',')}'.`,
    gateway,
  );
}

export function noRegisteredProvider(
  apiVersion: string,
  typeName: string,
  location: string,
  supported: readonly string[],
): ArmError {
  return new ArmError(
    400,
    'NoRegisteredProviderFound',
    `No registered resource provider found for location '${location}' and API version '${apiVersion}' for type '${typeName}'. The supported api-versions are '${supported.join(', ')}'. The supported locations are ', ${location}'.`,
    gateway,
  );
}

export function invalidResourceNamespace(namespace: string): ArmError {
  return new ArmError(
    404,
    'InvalidResourceNamespace',
    `The resource namespace '${namespace}' is invalid.`,
    gateway,
  );
}

export function invalidResourceType(namespace: string, apiVersion: string): ArmError {
  return new ArmError(
    404,
    'InvalidResourceType',
    `The resource type could not be found in the namespace '${namespace}' for api version '${apiVersion}'.`,
    gateway,
  );
}

export function invalidSubscriptionId(subscriptionId: string): ArmError {
  return new ArmError(
    400,
    'InvalidSubscriptionId',
    `The provided subscription identifier '${subscriptionId}' is malformed or invalid.`,
    gateway,
  );
}

export function subscriptionNotFound(subscriptionId: string): ArmError {
  return new ArmError(
    404,
    'SubscriptionNotFound',
    `The subscription '${subscriptionId}' could not be found.`,
    gateway,
  );
}

export function resourceGroupNotFound(name: string): ArmError {
  return new ArmError(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`, gateway);
}

export function resourceNotFound(typeAndName: string, group: string): ArmError {
  return new ArmError(
    404,
    'ResourceNotFound',
    `The Resource '${typeAndName}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
    gateway,
  );
}

export function parentResourceNotFound(verb: string, childType: string, parentId: string): ArmError {
  return new ArmError(
    404,
    'ParentResourceNotFound',
    `Failed to perform '${verb}' on resource(s) of type '${childType}', because the parent resource '${parentId}' could not be found.`,
    gateway,
  );
}

export function methodNotAllowed(method: string): ArmError {
  return new ArmError(
    405,
    'HttpMethodNotAllowed',
    `The request was made with an unsupported method '${method}'.`,
    gateway,
  );
}

export function invalidRequestContent(detail: string): ArmError {
  return new ArmError(
    400,
    'InvalidRequestContent',
    `The request content was invalid and could not be deserialized: '${detail}'.`,
    gateway,
  );
}

export function locationRequired(): ArmError {
  return new ArmError(
    400,
    'LocationRequired',
    'The location property is required for this definition.',
    gateway,
  );
}

export function preconditionFailed(condition: string, current: string): ArmError {
  return new ArmError(
    412,
    'PreconditionFailed',
    `The condition '${condition}' in the If-Match header was not satisfied. The current was '${current}'.`,
  );
}

export function invalidValues(names: readonly string[]): ArmError {
  return new ArmError(
    400,
    'InvalidValuesForRequestParameters',
    `Values for request parameters are invalid: ${names.join(', ')}.`,
  );
}

export function scopeLocked(id: string, verb: string, scopes: readonly string[]): ArmError {
  return new ArmError(
    409,
    'ScopeLocked',
    `The scope '${id}' cannot perform ${verb} operation because following scope(s) are locked: '${scopes.join(',')}'. Please remove the lock and try again.`,
    gateway,
  );
}

function challenge(description: string): Record<string, string> {
  const parameters = `authorization_uri="https://login.windows.net/", error="invalid_token", error_description="${description}"`;
  return { ...gateway, 'www-authenticate': `Bearer ${parameters}` };
}

/** Such as `10/16/2018 6:09:32 PM`, which is how .NET writes a time. */
function usTime(time: Date): string {
  return time.toLocaleString('en-US', { timeZone: 'UTC' }).replace(',', '').replaceAll('\u202f', ' ');
}
