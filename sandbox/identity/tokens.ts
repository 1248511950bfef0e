import { randomUUID } from 'node:crypto';
import * as jose from 'jose';
import type { Principal } from './principals.ts';

/** A token as the endpoints hand it out. Times are in seconds since 1970. */
export interface IssuedToken {
  readonly token: string;
  readonly resource: string;
  readonly notBefore: number;
  readonly expiresOn: number;
}

/** Why a token was not taken; Resource Manager words its own error from it. */
type TokenRefusal =
  | { readonly kind: 'malformed' }
  | { readonly kind: 'signature' }
  | { readonly kind: 'expired'; readonly expiresOn: Date }
  | { readonly kind: 'audience'; readonly audience: string };

export type TokenVerdict =
  | { readonly claims: jose.JWTPayload; readonly refusal?: undefined }
  | { readonly refusal: TokenRefusal; readonly claims?: undefined };

/** Client id of the Azure CLI, which is what people sign in with. */
const azureCliClientId = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';
const clockSkewInSeconds = 300;

/** A pair of keys and the id by which tokens name it. */
interface SigningKey extends jose.GenerateKeyPairResult {
  readonly id: string;
}

/** Signs tokens as Microsoft Entra does (version 1.0 access tokens), with keys of its own, and verifies them. */
export class TokenIssuer {
  readonly tenantId: string;
  readonly now: () => number;
  readonly #lifetimeInSeconds: number;
  readonly #keys: SigningKey[];
  #newest: SigningKey;

  private constructor(options: {
    tenantId: string;
    now: () => number;
    lifetimeInSeconds: number;
    key: SigningKey;
  }) {
    this.tenantId = options.tenantId;
    this.now = options.now;
    this.#lifetimeInSeconds = options.lifetimeInSeconds;
    this.#keys = [options.key];
    this.#newest = options.key;
  }

  static async create(options: {
    tenantId: string;
    now?: () => number;
    lifetimeInSeconds?: number;
  }): Promise<TokenIssuer> {
    return new TokenIssuer({ now: Date.now, lifetimeInSeconds: 86_400, ...options, key: await newKey() });
  }

  /** From now on a new key signs; what older ones signed is still taken. */
  async rotate(): Promise<void> {
    this.#newest = await newKey();
    this.#keys.push(this.#newest);
  }

  get issuer(): string {
    return `https://sts.windows.net/${this.tenantId}/`;
  }

  /** Signing keys as a JWK set, for services that verify tokens by themselves. */
  async keySet(): Promise<jose.JSONWebKeySet> {
    const keys = this.#keys.map(async ({ id, publicKey }) => ({
      ...(await jose.exportJWK(publicKey)),
      kid: id,
      use: 'sig',
      alg: 'RS256',
    }));
    return { keys: await Promise.all(keys) };
  }

  /** Signs claims as they are. */
  async sign(payload: jose.JWTPayload): Promise<string> {
    const { id, privateKey } = this.#newest;
    return new jose.SignJWT(payload)
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: id })
      .sign(privateKey);
  }

  /** Signs claims under the name of our newest key, with a key that is not ours. */
  async forge(payload: jose.JWTPayload): Promise<string> {
    const { privateKey } = await newKey();
    return new jose.SignJWT(payload)
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: this.#newest.id })
      .sign(privateKey);
  }

  /** Signs a token whose audience is the resource as asked for; `claims` override. */
  async mint(principal: Principal, resource: string, claims: jose.JWTPayload = {}): Promise<IssuedToken> {
    const issuedAt = Math.floor(this.now() / 1000);
    const notBefore = issuedAt - clockSkewInSeconds;
    const expiresOn = issuedAt + this.#lifetimeInSeconds;
    const payload = {
      aud: resource,
      iss: this.issuer,
      iat: issuedAt,
      nbf: notBefore,
      exp: expiresOn,
      ...callerClaims(principal),
      idp: this.issuer,
      oid: principal.objectId,
      sub: principal.objectId,
      tid: this.tenantId,
      uti: randomUUID(),
      ver: '1.0',
      ...claims,
    };
    return { token: await this.sign(payload), resource, notBefore, expiresOn };
  }

  /** Checks signature, issuer, life time and audience. Never throws. */
  async verify(token: string, audiences: readonly string[]): Promise<TokenVerdict> {
    const options = { issuer: this.issuer, currentDate: new Date(this.now()), clockTolerance: 5 };
    try {
      const keyOf: jose.JWTVerifyGetKey = ({ kid }) => this.#publicKey(kid);
      const { payload } = await jose.jwtVerify(token, keyOf, options);
      const audience = typeof payload.aud === 'string' ? payload.aud : '';
      return audiences.includes(withoutSlash(audience))
        ? { claims: payload }
        : { refusal: { kind: 'audience', audience } };
    } catch (error) {
      return { refusal: toRefusal(error) };
    }
  }

  #publicKey(id: string | undefined): SigningKey['publicKey'] {
    return (this.#keys.find((key) => key.id === id) ?? this.#newest).publicKey;
  }
}

async function newKey(): Promise<SigningKey> {
  return { id: randomUUID(), ...(await jose.generateKeyPair('RS256', { extractable: true })) };
}

function callerClaims(principal: Principal): jose.JWTPayload {
  if (principal.kind !== 'User') {
    return {
      appid: principal.clientId,
      appidacr: '2',
      idtyp: 'app',
      ...(principal.resourceId === undefined ? {} : { xms_mirid: principal.resourceId }),
    };
  }
  return {
    appid: azureCliClientId,
    appidacr: '0',
    amr: ['pwd', 'mfa'],
    idtyp: 'user',
    name: principal.displayName,
    scp: 'user_impersonation',
    unique_name: principal.upn ?? principal.displayName,
    upn: principal.upn ?? principal.displayName,
  };
}

function withoutSlash(audience: string): string {
  return audience.replace(/\/+$/, '').toLowerCase();
}

function toRefusal(error: unknown): TokenRefusal {
  if (error instanceof jose.errors.JWTExpired) {
    return { kind: 'expired', expiresOn: new Date((error.payload.exp ?? 0) * 1000) };
  }
  return error instanceof jose.errors.JWSSignatureVerificationFailed
    ? { kind: 'signature' }
    : { kind: 'malformed' };
}
