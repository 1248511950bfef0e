import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Clock } from '../clock.ts';
import type { TokenCheck, TokenUse, TokenVerifier } from './caller.ts';
import { callerOf, misuse, readClaims } from './claims.ts';
import { KeysUnavailable, openKeySet } from './key-set.ts';

export interface TokenVerifierOptions {
  /** An address such as `https://login.microsoftonline.com`, without a trailing slash. */
  readonly loginEndpoint: string;
  readonly tenantId: string;
  /** Client id of the registration that the tokens are for. */
  readonly clientId: string;
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
}

type Refusal = Extract<TokenCheck, { readonly kind: 'refused' }>;

/** Largest assumed difference between Entra's clock and ours. */
const skewInSeconds = 60;
/** Longer than a token with the most groups that Entra writes into one. */
const longestToken = 16_384;

/**
 * Verifies ID tokens and access tokens of version 2.0 of one tenant, against the tenant's own keys. RS256 only: the
 * algorithm in the token is compared, never followed.
 */
export function openTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { loginEndpoint, clock } = options;
  const tenantId = options.tenantId.toLowerCase();
  const clientId = options.clientId.toLowerCase();
  const issuer = `${loginEndpoint}/${tenantId}/v2.0`;
  const keys = openKeySet({
    // Entra's discovery document gives this address for the keys of a tenant.
    url: `${loginEndpoint}/${tenantId}/discovery/v2.0/keys`,
    issuer,
    tenantId,
    clock,
    fetch: options.fetch ?? globalThis.fetch,
  });
  const audiences = { session: [clientId], api: [clientId, `api://${clientId}`] };
  return {
    async verify(token, use) {
      if (token === '') {
        return refused('missing', 'expected a token');
      }
      if (token.length > longestToken) {
        return refused('malformed', 'the token is too long to be one of Microsoft Entra');
      }
      try {
        return judge(await readToken(token, keys, { issuer, audience: audiences[use], clock }), {
          use,
          tenantId,
          clock,
        });
      } catch (error) {
        return toCheck(error);
      }
    },
  };
}

async function readToken(
  token: string,
  keys: JWTVerifyGetKey,
  expected: { readonly issuer: string; readonly audience: string[]; readonly clock: Clock },
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ['RS256'],
    issuer: expected.issuer,
    audience: expected.audience,
    requiredClaims: ['exp', 'nbf', 'iat'],
    clockTolerance: skewInSeconds,
    currentDate: expected.clock.now(),
  });
  return payload;
}

interface Expected {
  readonly use: TokenUse;
  readonly tenantId: string;
  readonly clock: Clock;
}

function judge(payload: JWTPayload, { use, tenantId, clock }: Expected): TokenCheck {
  const read = readClaims(payload);
  if ('fault' in read) {
    return refused('malformed', read.fault);
  }
  const { claims } = read;
  if (Array.isArray(payload.aud)) {
    return refused('audience', 'the token is for several audiences');
  }
  if (claims.tid !== tenantId) {
    return refused('tenant', 'the token is of another tenant');
  }
  if (claims.iat > clock.now().getTime() / 1_000 + skewInSeconds) {
    return refused('not-yet', 'the token was issued in the future');
  }
  const wrong = misuse(claims, use);
  if (wrong !== undefined) {
    return refused('malformed', wrong);
  }
  const caller = callerOf(claims, use);
  return caller.roles.length === 0
    ? refused('no-role', 'whoever the token is of has no role in Leakstop')
    : { kind: 'caller', caller };
}

/** Faults of claims, by name. */
const claimFaults: Readonly<Record<string, Refusal>> = {
  iss: refused('issuer', 'the token is not from the tenant, or not of version 2.0'),
  aud: refused('audience', 'the token is for somebody else'),
  nbf: refused('not-yet', 'the token is not valid yet'),
};

function toCheck(error: unknown): TokenCheck {
  if (error instanceof KeysUnavailable) {
    return { kind: 'unavailable', message: error.message };
  }
  if (error instanceof errors.JWTExpired) {
    return refused('expired', 'the token has expired');
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const fault =
      error.reason === 'check_failed' || error.claim === 'aud' ? claimFaults[error.claim] : undefined;
    return (
      fault ?? refused('malformed', `the claim "${error.claim}" is missing, or not what Entra writes there`)
    );
  }
  if (isUntrusted(error)) {
    return refused('signature', 'no key of the tenant has signed the token with RS256');
  }
  // Any other error of jose is about the token: its keys were read.
  return refused('malformed', 'expected a signed token (JWT)');
}

function isUntrusted(error: unknown): boolean {
  return [
    errors.JWSSignatureVerificationFailed,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
    errors.JOSEAlgNotAllowed,
  ].some((kind) => error instanceof kind);
}

function refused(reason: Refusal['reason'], message: string): Refusal {
  return { kind: 'refused', reason, message };
}
