import { createHash, randomBytes } from 'node:crypto';
import type { AuthorizeRequest } from './authorize-request.ts';
import { LoginError } from './login-error.ts';
import type { Principal } from './principals.ts';

const lifetimeMs = 60_000;

/** What a code stands for. */
export interface Grant {
  readonly request: AuthorizeRequest;
  readonly principal: Principal;
}

/** Authorization codes: each stands for one sign-in, for a minute, and once. */
export class Codes {
  readonly #now: () => number;
  readonly #codes = new Map<string, Grant & { readonly expires: number; isUsed: boolean }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(grant: Grant): string {
    const code = `1.${randomBytes(64).toString('base64url')}`;
    this.#codes.set(code, { ...grant, expires: this.#now() + lifetimeMs, isUsed: false });
    return code;
  }

  /** @throws LoginError for a code that is not one, of another app or address, used, too old or without its verifier */
  redeem(code: string, clientId: string, redirectUri: string, verifier: string): Grant {
    const entry = this.#codes.get(code);
    if (entry === undefined) {
      throw new LoginError('invalid_grant', 9002313, 'Invalid request. Request is malformed or invalid.');
    }
    const { request } = entry;
    if (request.app.clientId.toLowerCase() !== clientId.toLowerCase()) {
      throw new LoginError('invalid_grant', 700005, 'The code was issued to another application.');
    }
    if (request.redirectUri !== redirectUri) {
      throw new LoginError(
        'invalid_grant',
        500112,
        `The reply address '${redirectUri}' does not match the reply address '${request.redirectUri}' provided when requesting the authorization code.`,
      );
    }
    if (entry.isUsed) {
      throw new LoginError('invalid_grant', 54005, 'OAuth2 authorization code was already redeemed.');
    }
    if (entry.expires < this.#now()) {
      throw new LoginError('invalid_grant', 70008, 'The provided authorization code is expired.');
    }
    entry.isUsed = true;
    if (createHash('sha256').update(verifier).digest('base64url') !== request.codeChallenge) {
      throw new LoginError(
        'invalid_grant',
        501481,
        'The code_verifier does not match the code_challenge supplied in the authorization request.',
      );
    }
    return entry;
  }
}
