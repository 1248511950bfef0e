import type { AppRegistration, AppRegistrations } from './app-registrations.ts';
import { LoginError } from './login-error.ts';

/** What an app asks of the person that it sends to the authorize endpoint. */
export interface AuthorizeRequest {
  readonly app: AppRegistration;
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeChallenge: string;
}

/** Where an answer goes, be it a refusal. */
export type Destination = Pick<AuthorizeRequest, 'app' | 'redirectUri'>;

/**
 * Finds the app and the address that the answer goes to.
 * @throws LoginError to be shown here: nobody is redirected to an address that is not registered
 */
export function destinationOf(query: URLSearchParams, apps: AppRegistrations): Destination {
  const clientId = query.get('client_id') ?? '';
  const app = apps.find(clientId);
  if (app?.clientId.toLowerCase() !== clientId.toLowerCase()) {
    throw new LoginError(
      'unauthorized_client',
      700016,
      `Application with identifier '${clientId}' was not found in the directory.`,
    );
  }
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!app.redirectUris.includes(redirectUri)) {
    throw new LoginError(
      'invalid_request',
      50011,
      `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${clientId}'.`,
    );
  }
  return { app, redirectUri };
}

/**
 * Reads the rest of the request. Stricter than Entra, which takes an app without state, nonce and PKCE too.
 * @throws LoginError to be sent to the app
 */
export function readAuthorizeRequest(query: URLSearchParams, destination: Destination): AuthorizeRequest {
  const only = (parameter: string, value: string, code: number) => {
    if ((query.get(parameter) ?? value) !== value) {
      const message = `The value '${query.get(parameter) ?? ''}' of '${parameter}' is not supported.`;
      throw new LoginError('invalid_request', code, message);
    }
  };
  const present = (parameter: string): string => {
    const value = query.get(parameter) ?? '';
    if (value === '') {
      throw new LoginError('invalid_request', 90014, `The required field '${parameter}' is missing.`);
    }
    return value;
  };
  if (present('response_type') !== 'code') {
    throw new LoginError('unsupported_response_type', 700054, "Only response_type 'code' is enabled.");
  }
  only('response_mode', 'query', 90019);
  if (!present('scope').split(' ').includes('openid')) {
    throw new LoginError('invalid_scope', 70011, "The scope 'openid' is missing.");
  }
  if (present('code_challenge_method') !== 'S256') {
    throw new LoginError('invalid_request', 501491, "The 'code_challenge_method' has to be 'S256'.");
  }
  const codeChallenge = present('code_challenge');
  if (!/^[\w-]{43}$/.test(codeChallenge)) {
    throw new LoginError('invalid_request', 501491, "Invalid size of 'code_challenge'.");
  }
  if (query.get('prompt') === 'none') {
    throw new LoginError(
      'login_required',
      50058,
      'A silent sign-in request was sent but no user is signed in.',
    );
  }
  return { ...destination, state: present('state'), nonce: present('nonce'), codeChallenge };
}
