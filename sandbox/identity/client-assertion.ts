import * as jose from 'jose';
import type { AppRegistration } from './app-registrations.ts';
import { LoginError, missing } from './login-error.ts';
import { tokenExchange, tokenExchangeAppId } from './v2-tokens.ts';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Checks that an app proves itself with a token of the managed identity that is federated to it.
 * @throws LoginError
 */
export async function checkClient(
  form: URLSearchParams,
  app: AppRegistration,
  tenant: { readonly keys: jose.JSONWebKeySet; readonly issuer: string; readonly now: Date },
): Promise<void> {
  if (form.has('client_secret')) {
    throw new LoginError('invalid_client', 7000215, 'Invalid client secret provided.');
  }
  const assertion = form.get('client_assertion') ?? '';
  if (assertion === '') {
    throw new LoginError(
      'invalid_client',
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  }
  if (form.get('client_assertion_type') !== assertionType) {
    throw missing('client_assertion_type');
  }
  const { aud, sub, iss } = await payloadOf(assertion, tenant);
  const noMatch = (code: number, what: string, value: unknown) =>
    new LoginError(
      'invalid_client',
      code,
      `No matching federated identity record found for presented assertion ${what} '${String(value)}'.`,
    );
  if (iss !== tenant.issuer) {
    throw noMatch(700211, 'issuer', iss);
  }
  if (aud !== tokenExchange && aud !== tokenExchangeAppId) {
    throw noMatch(700212, 'audience', aud);
  }
  if (sub?.toLowerCase() !== app.federatedIdentity.toLowerCase()) {
    throw noMatch(700213, 'subject', sub);
  }
}

async function payloadOf(
  assertion: string,
  { keys, now }: { readonly keys: jose.JSONWebKeySet; readonly now: Date },
): Promise<jose.JWTPayload> {
  try {
    const { payload } = await jose.jwtVerify(assertion, jose.createLocalJWKSet(keys), {
      algorithms: ['RS256'],
      currentDate: now,
      clockTolerance: 5,
    });
    return payload;
  } catch (error) {
    throw error instanceof jose.errors.JWTExpired || error instanceof jose.errors.JWTClaimValidationFailed
      ? new LoginError('invalid_client', 700024, 'Client assertion is not within its valid time range.')
      : new LoginError('invalid_client', 700027, 'Client assertion failed signature validation.');
  }
}
