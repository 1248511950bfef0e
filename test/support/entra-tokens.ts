import type { webcrypto } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { Clock } from '../../shared/clock.ts';

/** A tenant of Microsoft Entra that signs whatever it is asked to, with keys made for the test. */
export interface TestTenant {
  readonly loginEndpoint: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly issuer: string;
  readonly url: string;
  /** Answers the request for the tenant's keys, and no other. */
  readonly fetch: typeof globalThis.fetch;
  /** How often the keys were asked for. */
  readonly asked: () => number;
  /** What the next requests meet: an answer of this status, or none at all. */
  breakKeys(fault: number | 'silent' | undefined): void;
  /** Signs with another key from now on; the old one stays published, or goes. */
  rotate(keepOld: boolean): Promise<void>;
  /** An ID token; claims that are undefined are left out. */
  idToken(claims?: Record<string, unknown>): Promise<string>;
  /** An access token that an app holds for a person. */
  accessToken(claims?: Record<string, unknown>): Promise<string>;
  /** Any payload, any header, signed by the present key. */
  sign(payload: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  /** The public half of the present key. */
  publicKey(): webcrypto.CryptoKey;
}

interface Pair {
  readonly kid: string;
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
}

export const person = '0a0a0a0a-1111-4111-8111-000000000001';
export const cliApp = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

export async function openTestTenant(clock: Clock): Promise<TestTenant> {
  const loginEndpoint = 'https://login.test';
  const tenantId = '7e7e7e7e-2222-4222-8222-000000000002';
  const clientId = 'c1c1c1c1-3333-4333-8333-000000000003';
  const issuer = `${loginEndpoint}/${tenantId}/v2.0`;
  const url = `${loginEndpoint}/${tenantId}/discovery/v2.0/keys`;
  let pairs = [await newPair(1)];
  let asked = 0;
  let made = 1;
  let fault: number | 'silent' | undefined;
  const current = (): Pair => pairs[0]!;
  const sign = async (payload: JWTPayload, header: Record<string, unknown> = {}): Promise<string> =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: current().kid, ...header })
      .sign(current().privateKey);
  const common = () => {
    const now = Math.floor(clock.now().getTime() / 1_000);
    return {
      iss: issuer,
      aud: clientId,
      tid: tenantId,
      ver: '2.0',
      oid: person,
      sub: 'pairwise',
      name: 'Ada',
      roles: ['Leakstop.Approver'],
      iat: now,
      nbf: now,
      exp: now + 3_600,
    };
  };
  return {
    loginEndpoint,
    tenantId,
    clientId,
    issuer,
    url,
    asked: () => asked,
    async fetch(input) {
      asked += 1;
      if (input !== url) {
        throw new Error(`nothing answers at ${JSON.stringify(input)}`);
      }
      if (fault === 'silent') {
        throw new TypeError('fetch failed');
      }
      const keys = await Promise.all(
        pairs.map(async ({ kid, publicKey }) => ({
          ...(await exportJWK(publicKey)),
          kid,
          use: 'sig',
          x5t: kid,
          issuer: `${loginEndpoint}/{tenantid}/v2.0`,
        })),
      );
      return Response.json({ keys }, { status: fault ?? 200 });
    },
    breakKeys: (next) => (fault = next),
    async rotate(keepOld) {
      made += 1;
      pairs = [await newPair(made), ...(keepOld ? pairs : [])];
    },
    idToken: (claims = {}) => sign(whole({ ...common(), nonce: 'n0nce', ...claims })),
    accessToken: (claims = {}) =>
      sign(whole({ ...common(), azp: cliApp, azpacr: '0', scp: 'access_as_user', ...claims })),
    sign,
    publicKey: () => current().publicKey,
  };
}

async function newPair(number: number): Promise<Pair> {
  return { kid: `key-${number}`, ...(await generateKeyPair('RS256', { extractable: true })) };
}

function whole(claims: Record<string, unknown>): JWTPayload {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}
