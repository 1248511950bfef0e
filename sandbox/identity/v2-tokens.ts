import { createHash, randomUUID } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { AppRegistration } from './app-registrations.ts';
import type { Principal } from './principals.ts';
import type { IssuedToken, TokenIssuer } from './tokens.ts';

/** Audience of the tokens with which a managed identity stands for an app: as asked for, and as it stands in them. */
export const tokenExchange = 'api://AzureADTokenExchange';
export const tokenExchangeAppId = 'fb60f99c-7a34-4190-8149-302f77469936';

const azureCliClientId = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';
const lifetimeInSeconds = 3_600;
const clockSkewInSeconds = 300;
/** A person in more groups gets none of them in the token, but a hint where to ask. */
const mostGroups = 200;

/** What a token is to be like. */
export interface V2Wish {
  /** An ID token of a session, or an access token for the app's API. */
  readonly use: 'session' | 'api';
  readonly nonce?: string | undefined;
  /** Put over the claims that it would have; `undefined` takes one away. */
  readonly claims?: JWTPayload;
  /** Whether a stranger signs, under the name of the real key. */
  readonly isForged?: boolean;
}

/** Makes version 2.0 tokens: ID tokens, access tokens for registered apps, and tokens for token exchange. */
export class V2Tokens {
  readonly #issuer: TokenIssuer;
  /** Address of the login endpoint, without a slash at the end. */
  loginUrl = '';

  constructor(issuer: TokenIssuer) {
    this.#issuer = issuer;
  }

  get issuerUrl(): string {
    return `${this.loginUrl}/${this.#issuer.tenantId}/v2.0`;
  }

  /** A token about a principal for an app. */
  async mint(principal: Principal, app: AppRegistration, wish: V2Wish): Promise<IssuedToken> {
    const payload = {
      ...this.#common(principal, app.clientId),
      ...(wish.use === 'session' ? { nonce: wish.nonce } : accessClaims(principal)),
      ...peopleClaims(principal),
      ...this.#membership(principal, app),
      ...wish.claims,
    };
    const token = await (wish.isForged === true ? this.#issuer.forge(payload) : this.#issuer.sign(payload));
    return { token, resource: `api://${app.clientId}`, ...timesOf(payload) };
  }

  /** A token with which a managed identity stands for an app. */
  async mintForExchange(principal: Principal): Promise<IssuedToken> {
    const payload = {
      ...this.#common(principal, tokenExchangeAppId),
      sub: principal.objectId,
      azp: principal.clientId,
      azpacr: '2',
      idtyp: 'app',
    };
    return { token: await this.#issuer.sign(payload), resource: tokenExchange, ...timesOf(payload) };
  }

  #common(principal: Principal, audience: string) {
    const now = Math.floor(this.#issuer.now() / 1000);
    return {
      aud: audience,
      iss: this.issuerUrl,
      iat: now,
      nbf: now - clockSkewInSeconds,
      exp: now + lifetimeInSeconds,
      oid: principal.objectId,
      sub: pairwise(principal, audience),
      tid: this.#issuer.tenantId,
      uti: randomUUID(),
      ver: '2.0',
    };
  }

  /** App roles and groups; claims that would be empty are absent, as in Entra. */
  #membership({ objectId, groups = [] }: Principal, { assignments }: AppRegistration): JWTPayload {
    const roles = assignments.get(objectId.toLowerCase()) ?? [];
    const source = `https://graph.windows.net/${this.#issuer.tenantId}/users/${objectId}/getMemberObjects`;
    return {
      ...(roles.length === 0 ? {} : { roles }),
      ...(groups.length > 0 && groups.length <= mostGroups ? { groups } : {}),
      ...(groups.length > mostGroups
        ? { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: source } } }
        : {}),
    };
  }
}

function peopleClaims({ kind, displayName, upn }: Principal): JWTPayload {
  return kind === 'User' ? { name: displayName, preferred_username: upn ?? displayName } : {};
}

function accessClaims({ kind, clientId }: Principal): JWTPayload {
  return kind === 'User'
    ? { azp: azureCliClientId, azpacr: '0', scp: 'access_as_user' }
    : { azp: clientId, azpacr: '2', idtyp: 'app' };
}

/** Another subject for every app, so that apps cannot compare notes. */
function pairwise({ objectId }: Principal, audience: string): string {
  return createHash('sha256').update(`${objectId} ${audience}`.toLowerCase()).digest('base64url');
}

function timesOf({ nbf, exp }: { nbf?: number; exp?: number }): { notBefore: number; expiresOn: number } {
  return { notBefore: nbf ?? 0, expiresOn: exp ?? 0 };
}
