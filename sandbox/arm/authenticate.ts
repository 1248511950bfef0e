import type { Principal, PrincipalRegistry } from '../identity/principals.ts';
import type { TokenIssuer } from '../identity/tokens.ts';
import {
  authenticationFailed,
  expiredAuthenticationToken,
  invalidAudience,
  invalidAuthenticationToken,
} from './arm-error.ts';
import type { Caller } from './call.ts';

/** Audiences whose tokens Resource Manager takes, with or without a slash at the end. */
const armAudiences: readonly string[] = [
  'https://management.azure.com',
  'https://management.core.windows.net',
];

/** Reads the bearer token of a call. Throws Azure's 401 for every reason not to believe it. */
export async function authenticate(
  authorization: string | undefined,
  directory: {
    readonly issuer: TokenIssuer;
    readonly principals: PrincipalRegistry;
    readonly now: () => number;
  },
): Promise<Caller> {
  if (authorization === undefined) {
    throw authenticationFailed();
  }
  const token = /^bearer\s+(?<token>\S+)$/i.exec(authorization)?.groups?.token;
  if (token === undefined) {
    throw invalidAuthenticationToken();
  }
  const { claims, refusal } = await directory.issuer.verify(token, armAudiences);
  if (refusal !== undefined) {
    switch (refusal.kind) {
      case 'expired':
        throw expiredAuthenticationToken(refusal.expiresOn, new Date(directory.now()));
      case 'audience':
        throw invalidAudience(refusal.audience, armAudiences);
      case 'malformed':
      case 'signature':
        throw invalidAuthenticationToken();
    }
  }
  const principal = directory.principals.find(typeof claims.oid === 'string' ? claims.oid : '');
  if (principal === undefined) {
    throw invalidAuthenticationToken();
  }
  return { principal, claims };
}

/** How errors name a caller: people by their user principal name, all others by client id. */
export function clientNameOf(principal: Principal): string {
  return principal.kind === 'User' ? (principal.upn ?? principal.displayName) : principal.clientId;
}

const longNames: Readonly<Record<string, string>> = {
  oid: 'http://schemas.microsoft.com/identity/claims/objectidentifier',
  tid: 'http://schemas.microsoft.com/identity/claims/tenantid',
  idp: 'http://schemas.microsoft.com/identity/claims/identityprovider',
  scp: 'http://schemas.microsoft.com/identity/claims/scope',
  amr: 'http://schemas.microsoft.com/claims/authnmethodsreferences',
  sub: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier',
  upn: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
  unique_name: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name',
};

/** Claims of a token under the names, and in the form, in which Azure's events carry them. */
export function toEventClaims({ claims }: Caller): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [longNames[name] ?? name, claimText(value)]),
  );
}

function claimText(value: unknown): string {
  if (Array.isArray(value)) {
    return value.join(',');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
