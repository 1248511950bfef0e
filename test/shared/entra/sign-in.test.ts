import { createHash } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeEach, expect, test } from 'vitest';
import { attemptOf, openSignIn, ownPath, type SignIn } from '../../../shared/entra/sign-in.ts';
import { createLogger } from '../../../shared/telemetry/logger.ts';

const tenantId = '99999999-9999-4999-8999-999999999999';
const clientId = '88888888-8888-4888-8888-888888888888';
const loginEndpoint = 'https://login.example';
const webUrl = 'https://leakstop.example';
const issuer = `${loginEndpoint}/${tenantId}/v2.0`;
const { privateKey, publicKey } = await generateKeyPair('RS256');

/** What Microsoft Entra would do, and what it was asked. */
let entra: { nonce: string; status: number; error: string; tokenCalls: URLSearchParams[]; isAway: boolean };
let log: string[];
let signIn: SignIn;

beforeEach(() => {
  entra = { nonce: '', status: 200, error: 'invalid_grant', tokenCalls: [], isAway: false };
  log = [];
  signIn = openSignIn({
    loginEndpoint,
    tenantId,
    clientId,
    webUrl,
    clientAssertion: () => Promise.resolve('assertion-of-the-managed-identity'),
    logger: createLogger((_, line) => log.push(line)),
    fetch: answerAsEntra,
  });
});

async function answerAsEntra(input: unknown, init?: RequestInit): Promise<Response> {
  const url = input instanceof Request ? input.url : String(input);
  if (entra.isAway) {
    throw new TypeError('fetch failed');
  }
  if (url.endsWith('/openid-configuration')) {
    return Response.json({
      issuer,
      authorization_endpoint: `${loginEndpoint}/${tenantId}/oauth2/v2.0/authorize`,
      token_endpoint: `${loginEndpoint}/${tenantId}/oauth2/v2.0/token`,
      jwks_uri: `${loginEndpoint}/keys`,
      id_token_signing_alg_values_supported: ['RS256'],
    });
  }
  if (url.endsWith('/keys')) {
    return Response.json({ keys: [await exportJWK(publicKey)] });
  }
  entra.tokenCalls.push(new URLSearchParams(init?.body as URLSearchParams));
  if (entra.status !== 200) {
    return Response.json({ error: entra.error }, { status: entra.status });
  }
  const token = await new SignJWT({ nonce: entra.nonce })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(issuer)
    .setAudience(clientId)
    .setSubject('s')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  return Response.json({ token_type: 'Bearer', access_token: 'a', expires_in: 3600, id_token: token });
}

async function begin(to = '/cases') {
  const begun = await signIn.begin(to);
  if (begun.kind !== 'begun') {
    throw new Error(begun.kind);
  }
  const asked = new URL(begun.location).searchParams;
  entra.nonce = asked.get('nonce') ?? '';
  return { ...begun, asked, back: new URLSearchParams({ code: 'c', state: asked.get('state') ?? '' }) };
}

test('a code is asked for with PKCE, and redeemed with the managed identity’s assertion in place of a secret', async () => {
  const { asked, memory, back, attempt } = await begin();
  expect(Object.fromEntries(asked)).toMatchObject({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid profile',
    redirect_uri: `${webUrl}/sign-in/return`,
    code_challenge_method: 'S256',
  });
  expect(attemptOf(back)).toBe(attempt);
  const result = await signIn.complete(back, memory);
  expect(result).toMatchObject({ kind: 'signed-in', to: '/cases' });
  const [call] = entra.tokenCalls;
  expect(call?.get('client_assertion')).toBe('assertion-of-the-managed-identity');
  expect(call?.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  expect(call?.get('client_secret')).toBeNull();
  const verifier = call?.get('code_verifier') ?? '';
  expect(createHash('sha256').update(verifier).digest('base64url')).toBe(asked.get('code_challenge'));
});

test.each<[string, (memory: string) => string | undefined, (back: URLSearchParams) => void]>([
  ['another browser', () => undefined, () => undefined],
  ['a memory that is none', () => 'nonsense', () => undefined],
  ['another state', (memory) => memory, (back) => back.set('state', 'x'.repeat(43))],
  ['no state', (memory) => memory, (back) => back.delete('state')],
])('%s gets no session, and no code is redeemed', async (_, remember, change) => {
  const { memory, back } = await begin();
  change(back);
  expect(await signIn.complete(back, remember(memory))).toEqual({ kind: 'stale' });
  expect(entra.tokenCalls).toEqual([]);
});

test('a token with another nonce is none', async () => {
  const { memory, back } = await begin();
  entra.nonce = 'another';
  expect(await signIn.complete(back, memory)).toEqual({ kind: 'stale' });
});

test.each<[string, string]>([
  ['access_denied', 'access_denied'],
  ['<b>call 0800</b>', 'unknown'],
])('Entra’s error %j is told as %s', async (error, code) => {
  const { memory, back } = await begin();
  back.set('error', error);
  back.set('error_description', 'call 0800');
  expect(await signIn.complete(back, memory)).toEqual({ kind: 'refused', code });
  expect(log.join()).not.toContain('0800');
});

test('a code that is not redeemed is told, and no secret reaches the log', async () => {
  const { memory, back } = await begin();
  entra.status = 400;
  expect(await signIn.complete(back, memory)).toEqual({ kind: 'refused', code: 'invalid_grant' });
  entra.status = 401;
  entra.error = 'invalid_client';
  expect(await signIn.complete(back, memory)).toEqual({ kind: 'refused', code: 'invalid_client' });
  expect(log.join()).not.toMatch(/assertion-of|code_verifier/);
});

test('while Entra is away nobody signs in, and afterwards they do', async () => {
  entra.isAway = true;
  expect(await signIn.begin('/')).toEqual({ kind: 'unavailable' });
  entra.isAway = false;
  const { memory, back } = await begin();
  entra.status = 503;
  expect(await signIn.complete(back, memory)).toEqual({ kind: 'unavailable' });
});

test.each<[string | null, string]>([
  ['/cases?state=held', '/cases?state=held'],
  ['/decide?token=a.b.c', '/decide?token=a.b.c'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/a\\b', '/'],
  ['https://evil.example', '/'],
  ['/sign-in/return?code=c', '/'],
  [`/${'a'.repeat(2_000)}`, '/'],
  ['/a b', '/'],
  [null, '/'],
])('%j leads to %s', (asked, to) => {
  expect(ownPath(asked)).toBe(to);
});
