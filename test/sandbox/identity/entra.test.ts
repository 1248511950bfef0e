import * as jose from 'jose';
import * as client from 'openid-client';
import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AppRegistration } from '../../../sandbox/identity/app-registrations.ts';
import type { Principal } from '../../../sandbox/identity/principals.ts';
import { startWorld } from '../arm/world.ts';
import type { World } from '../arm/world.ts';

const redirectUri = 'https://localhost:1/sign-in/return';
const group = '7d2f1a0e-3b4c-4d5e-8f60-112233445566';
const moreGroups = Array.from({ length: 201 }, () => crypto.randomUUID());
const exchange = 'api://AzureADTokenExchange';
let now = Date.now();
let world: World;
let app: AppRegistration;
let web: Principal;
let other: Principal;
let person: Principal;
let nobody: Principal;

beforeAll(async () => {
  world = await startWorld({ now: () => now });
  web = world.addPrincipal('web');
  other = world.addPrincipal('other');
  person = addPerson('An Approver', { groups: [group] });
  nobody = addPerson('Nobody', { groups: moreGroups });
  const clientId = crypto.randomUUID();
  app = world.azure.entra.apps.register({
    clientId,
    displayName: 'Leakstop',
    redirectUris: [redirectUri],
    federatedIdentity: web.objectId,
  });
  world.azure.entra.apps.assign(clientId, person, ['Leakstop.Approver']);
  world.azure.entra.apps.assign(clientId, other, ['Leakstop.Auditor']);
});
afterEach(() => {
  now = Date.now();
  world.azure.faults.clear();
});
afterAll(() => world.azure.stop());

function addPerson(displayName: string, more: Partial<Principal>): Principal {
  const ids = { objectId: crypto.randomUUID(), clientId: crypto.randomUUID() };
  const upn = `${displayName.replace(' ', '-').toLowerCase()}@example.com`;
  return world.azure.principals.add({ ...ids, displayName, kind: 'User', upn, ...more });
}

const issuer = () => `${world.azure.entra.loginUrl}/${world.azure.tenantId}/v2.0`;
const keySet = () =>
  jose.createRemoteJWKSet(new URL(`${issuer().replace('/v2.0', '')}/discovery/v2.0/keys`), {
    cooldownDuration: 0,
  });
const claimsOf = (token: string) => jose.decodeJwt(token) as Record<string, unknown>;

/** The assertion of an app that runs with a managed identity. */
const assertionOf = async (principal: Principal, resource = exchange) =>
  (await world.azure.entra.mint(principal, resource)).token;

const byAssertion =
  (assertion: string): client.ClientAuth =>
  (_server, { client_id: clientId }, body) => {
    body.set('client_id', clientId);
    body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    body.set('client_assertion', assertion);
  };

/** What the real library sends a browser away with, and what it needs when the browser is back. */
async function begin(assertion?: string) {
  const configuration = await client.discovery(
    new URL(issuer()),
    app.clientId,
    undefined,
    byAssertion(assertion ?? (await assertionOf(web))),
  );
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: 'openid profile',
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  });
  return { configuration, checks, url };
}

/** Posts the page's form as a browser does; the address that it is sent to. */
async function pick(url: URL, form: Record<string, string>): Promise<URL> {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? '');
}

async function signIn(who: Principal) {
  const { configuration, checks, url } = await begin();
  const back = await pick(url, { principal: who.objectId });
  return client.authorizationCodeGrant(configuration, back, checks);
}

describe('with the real library', () => {
  test('a person signs in', async () => {
    const { url } = await begin();
    const page = await (await fetch(url)).text();
    expect(page).toContain('An Approver');
    expect(page).not.toContain('sandbox-operator');
    const tokens = await signIn(person);
    const verified = await jose.jwtVerify(tokens.id_token!, keySet(), {
      issuer: issuer(),
      audience: app.clientId,
    });
    expect(verified.payload).toMatchObject({
      oid: person.objectId,
      tid: world.azure.tenantId,
      name: 'An Approver',
      preferred_username: 'an-approver@example.com',
      roles: ['Leakstop.Approver'],
      groups: [group],
      ver: '2.0',
    });
    expect(claimsOf(tokens.id_token!)).not.toHaveProperty('scp');
    expect(claimsOf(tokens.access_token)).toMatchObject({ aud: app.clientId, scp: 'access_as_user' });
  });

  test('one without a role gets a token without roles; too many groups are left out', async () => {
    const claims = claimsOf((await signIn(nobody)).id_token!);
    expect(claims).not.toHaveProperty('roles');
    expect(claims).not.toHaveProperty('groups');
    expect(claims).toMatchObject({ _claim_names: { groups: 'src1' } });
  });

  test('a code is taken once, and for a minute', async () => {
    const { configuration, checks, url } = await begin();
    const back = await pick(url, { principal: person.objectId });
    await client.authorizationCodeGrant(configuration, back, checks);
    await expect(client.authorizationCodeGrant(configuration, back, checks)).rejects.toMatchObject({
      error: 'invalid_grant',
      error_description: expect.stringContaining('AADSTS54005') as string,
    });
    const late = await begin();
    const lateBack = await pick(late.url, { principal: person.objectId });
    now += 61_000;
    await expect(
      client.authorizationCodeGrant(late.configuration, lateBack, late.checks),
    ).rejects.toMatchObject({ error_description: expect.stringContaining('AADSTS70008') as string });
  });

  test('another verifier is refused', async () => {
    const { configuration, checks, url } = await begin();
    const back = await pick(url, { principal: person.objectId });
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    await expect(
      client.authorizationCodeGrant(configuration, back, { ...checks, pkceCodeVerifier }),
    ).rejects.toMatchObject({ error_description: expect.stringContaining('AADSTS501481') as string });
  });

  test.each<[string, () => Promise<string>, string]>([
    ['another identity', () => assertionOf(other), 'AADSTS700213'],
    ['another audience', () => assertionOf(web, app.clientId), 'AADSTS700212'],
    ['a token of version 1.0', () => assertionOf(web, 'https://storage.azure.com'), 'AADSTS700211'],
    ['no token', () => Promise.resolve('nonsense'), 'AADSTS700027'],
    ['nothing', () => Promise.resolve(''), 'AADSTS7000218'],
  ])('an app that proves itself with %s is refused', async (_, assertion, code) => {
    const { configuration, checks, url } = await begin(await assertion());
    const back = await pick(url, { principal: person.objectId });
    await expect(client.authorizationCodeGrant(configuration, back, checks)).rejects.toMatchObject({
      error: 'invalid_client',
      status: 401,
      error_description: expect.stringContaining(code) as string,
    });
  });

  test('whoever cancels goes back with that', async () => {
    const { configuration, checks, url } = await begin();
    const back = await pick(url, { cancel: 'yes' });
    await expect(client.authorizationCodeGrant(configuration, back, checks)).rejects.toMatchObject({
      error: 'access_denied',
    });
  });

  test('when the endpoint is down, nobody signs in', async () => {
    world.azure.faults.add({ target: 'login', effect: { kind: 'status', status: 503 } });
    await expect(begin()).rejects.toThrow();
  });
});

describe('the authorize endpoint', () => {
  test.each([
    ['client_id', crypto.randomUUID(), 'AADSTS700016'],
    ['redirect_uri', `${redirectUri}/`, 'AADSTS50011'],
    ['redirect_uri', 'https://elsewhere.example/', 'AADSTS50011'],
  ])('shows a wrong %s here and redirects nobody', async (name, value, code) => {
    const { url } = await begin();
    url.searchParams.set(name, value);
    const answer = await fetch(url, { redirect: 'manual' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(code);
  });

  test.each([
    ['response_type', 'id_token'],
    ['response_mode', 'fragment'],
    ['code_challenge', null],
    ['code_challenge_method', 'plain'],
    ['scope', 'profile'],
    ['state', null],
    ['nonce', null],
    ['prompt', 'none'],
  ])('sends back what is wrong with %s: %s', async (name, value) => {
    const { url } = await begin();
    if (value === null) {
      url.searchParams.delete(name);
    } else {
      url.searchParams.set(name, value);
    }
    const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '');
    expect(back.origin + back.pathname).toBe(redirectUri);
    expect(back.searchParams.get('error')).not.toBeNull();
    expect(back.searchParams.get('code')).toBeNull();
  });

  test('another tenant is not there', async () => {
    const { url } = await begin();
    url.pathname = url.pathname.replace(world.azure.tenantId, crypto.randomUUID());
    expect((await fetch(url)).status).toBe(400);
  });
});

describe('tokens', () => {
  const scope = () => `api://${app.clientId}/.default`;

  test('the real credentials get those of the person whose shell it is', async () => {
    Object.assign(process.env, world.azure.shellOf('An Approver'));
    for (const credential of [new DefaultAzureCredential(), new ManagedIdentityCredential()]) {
      const { token } = await credential.getToken(scope());
      await jose.jwtVerify(token, keySet(), { issuer: issuer(), audience: app.clientId });
      expect(claimsOf(token)).toMatchObject({
        oid: person.objectId,
        roles: ['Leakstop.Approver'],
        groups: [group],
        scp: 'access_as_user',
        ver: '2.0',
      });
    }
    const { token } = await new DefaultAzureCredential().getToken(`${app.clientId}/.default`);
    expect(claimsOf(token).aud).toBe(app.clientId);
    expect(() => world.azure.shellOf('Somebody')).toThrow('nobody is called "Somebody"');
  });

  test('those of an app have roles and no scope', async () => {
    const claims = claimsOf((await world.azure.entra.mint(other, `api://${app.clientId}`)).token);
    expect(claims).toMatchObject({ idtyp: 'app', roles: ['Leakstop.Auditor'], azp: other.clientId });
    expect(claims).not.toHaveProperty('scp');
  });

  test('a forged one names the real key and does not verify; claims can be bent', async () => {
    const mint = (wish: object) => world.azure.entra.mintFor(app, person, { use: 'session', ...wish });
    const check = async (token: string) =>
      (await jose.jwtVerify(token, keySet(), { issuer: issuer(), audience: app.clientId })).payload;
    expect((await check(await mint({ nonce: 'once' }))).nonce).toBe('once');
    await expect(check(await mint({ isForged: true }))).rejects.toThrow('signature');
    await expect(check(await mint({ claims: { exp: 1 } }))).rejects.toThrow('exp');
    await expect(check(await mint({ claims: { aud: 'other' } }))).rejects.toThrow('aud');
    expect(await check(await mint({ claims: { roles: undefined } }))).not.toHaveProperty('roles');
  });

  test('a new key joins the set, and the old one stays', async () => {
    const keys = keySet();
    const before = await world.azure.entra.mintFor(app, person, { use: 'api' });
    await jose.jwtVerify(before, keys);
    await world.azure.issuer.rotate();
    const after = await world.azure.entra.mintFor(app, person, { use: 'api' });
    expect(jose.decodeProtectedHeader(after).kid).not.toBe(jose.decodeProtectedHeader(before).kid);
    await jose.jwtVerify(after, keys);
    await jose.jwtVerify(before, keys);
    const arm = await world.azure.issuer.mint(person, 'https://management.azure.com');
    expect(await world.azure.issuer.verify(arm.token, ['https://management.azure.com'])).toHaveProperty(
      'claims',
    );
  });
});
