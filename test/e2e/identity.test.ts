import { ManagedIdentityCredential } from '@azure/identity';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { AppRegistration } from '../../sandbox/identity/app-registrations.ts';
import type { Principal } from '../../sandbox/identity/principals.ts';
import type { V2Wish } from '../../sandbox/identity/v2-tokens.ts';
import { systemClock } from '../../shared/clock.ts';
import type { TokenVerifier } from '../../shared/entra/caller.ts';
import type { SignIn } from '../../shared/entra/sign-in.ts';
import { attemptOf, openSignIn } from '../../shared/entra/sign-in.ts';
import { openTokenVerifier } from '../../shared/entra/token-verifier.ts';
import { createLogger } from '../../shared/telemetry/logger.ts';
import { startWorld } from '../sandbox/arm/world.ts';
import type { World } from '../sandbox/arm/world.ts';

// Our sign-in and our verifier against a login endpoint that speaks the real protocol and knows nothing of us.

const webUrl = 'https://localhost:1';
let world: World;
let app: AppRegistration;
let signIn: SignIn;
let verifier: TokenVerifier;
let approver: Principal;
let stranger: Principal;
/** By how much our clock is ahead, in milliseconds. */
let ahead = 0;
const group = crypto.randomUUID();

beforeAll(async () => {
  world = await startWorld();
  const { entra, tenantId, principals } = world.azure;
  const web = world.addPrincipal('web');
  app = entra.apps.register({
    clientId: crypto.randomUUID(),
    displayName: 'Leakstop',
    redirectUris: [`${webUrl}/sign-in/return`],
    federatedIdentity: web.objectId,
  });
  const person = (displayName: string) =>
    principals.add({
      objectId: crypto.randomUUID(),
      clientId: crypto.randomUUID(),
      displayName,
      kind: 'User',
      groups: [group],
    });
  approver = person('an approver');
  stranger = person('a stranger');
  entra.apps.assign(app.clientId, approver, ['Leakstop.Approver']);
  Object.assign(process.env, world.azure.environment({ userAssigned: [web] }));
  const credential = new ManagedIdentityCredential({ clientId: web.clientId });
  signIn = openSignIn({
    loginEndpoint: entra.loginUrl,
    tenantId,
    clientId: app.clientId,
    webUrl,
    clientAssertion: async () => (await credential.getToken('api://AzureADTokenExchange/.default')).token,
    logger: createLogger(() => undefined),
  });
  verifier = openTokenVerifier({
    loginEndpoint: entra.loginUrl,
    tenantId,
    clientId: app.clientId,
    clock: { ...systemClock, now: () => new Date(Date.now() + ahead) },
  });
});
afterEach(() => world.azure.faults.clear());
afterAll(() => world.azure.stop());

async function begin() {
  const begun = await signIn.begin('/cases');
  if (begun.kind !== 'begun') {
    throw new Error(begun.kind);
  }
  return begun;
}

/** Picks somebody, as the browser would send it; the query with which the browser comes back. */
async function pick(location: string, form: Record<string, string>): Promise<URLSearchParams> {
  const body = new URLSearchParams(form);
  const answer = await fetch(location, { method: 'POST', body, redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? '').searchParams;
}

test('a person signs in, and the session names them, their roles and their groups', async () => {
  const { location, memory, attempt } = await begin();
  const query = await pick(location, { principal: approver.objectId });
  expect(attemptOf(query)).toBe(attempt);
  const result = await signIn.complete(query, memory);
  expect(result).toMatchObject({ kind: 'signed-in', to: '/cases' });
  const { session } = result as { session: string };
  expect(await verifier.verify(session, 'session')).toMatchObject({
    kind: 'caller',
    caller: {
      kind: 'person',
      objectId: approver.objectId,
      roles: ['Leakstop.Approver'],
      groups: [group],
      hasAllGroups: true,
    },
  });
  expect(await signIn.complete(query, memory)).toEqual({ kind: 'refused', code: 'invalid_grant' });
});

test('one who has no role signs in, and is nobody to us', async () => {
  const { location, memory } = await begin();
  const query = await pick(location, { principal: stranger.objectId });
  const { session } = (await signIn.complete(query, memory)) as { session: string };
  expect(await verifier.verify(session, 'session')).toMatchObject({ kind: 'refused', reason: 'no-role' });
});

test('whoever cancels is told so, and a login endpoint that is down lets nobody in', async () => {
  const { location, memory } = await begin();
  expect(await signIn.complete(await pick(location, { cancel: 'yes' }), memory)).toEqual({
    kind: 'refused',
    code: 'access_denied',
  });
  const other = await begin();
  const query = await pick(other.location, { principal: approver.objectId });
  world.azure.faults.add({ target: 'login', effect: { kind: 'status', status: 503 } });
  expect((await signIn.complete(query, other.memory)).kind).toBe('unavailable');
});

test.each<[string, V2Wish, string]>([
  ['forged', { use: 'session', isForged: true }, 'signature'],
  ['expired', { use: 'session', claims: { exp: 1_700_000_000 } }, 'expired'],
  ['for another app', { use: 'session', claims: { aud: crypto.randomUUID() } }, 'audience'],
  ['of another tenant', { use: 'session', claims: { tid: crypto.randomUUID() } }, 'tenant'],
  ['of another issuer', { use: 'session', claims: { iss: 'https://elsewhere.example' } }, 'issuer'],
  ['not valid yet', { use: 'api', claims: { nbf: 4_000_000_000 } }, 'not-yet'],
])('a token that is %s is refused', async (_, wish, reason) => {
  const token = await world.azure.entra.mintFor(app, approver, wish);
  expect(await verifier.verify(token, wish.use)).toMatchObject({ kind: 'refused', reason });
});

test('the shell of a person gets a token for the API, and that of an app says that it is one', async () => {
  const { IDENTITY_ENDPOINT: url = '', IDENTITY_HEADER: secret = '' } = world.azure.shellOf('an approver');
  const query = `api-version=2019-08-01&resource=api://${app.clientId}`;
  const answer = await fetch(`${url}?${query}`, { headers: { 'x-identity-header': secret } });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  expect(await verifier.verify(token, 'api')).toMatchObject({
    kind: 'caller',
    caller: { kind: 'person', objectId: approver.objectId },
  });
  const pipeline = world.addPrincipal('pipeline');
  world.azure.entra.apps.assign(app.clientId, pipeline, ['Leakstop.Auditor']);
  const ofApp = await world.azure.entra.mint(pipeline, `api://${app.clientId}`);
  expect(await verifier.verify(ofApp.token, 'api')).toMatchObject({
    kind: 'caller',
    caller: { kind: 'app', objectId: pipeline.objectId, roles: ['Leakstop.Auditor'] },
  });
});

test('a key that is new in the set is found', async () => {
  await world.azure.issuer.rotate();
  ahead = 31_000;
  const token = await world.azure.entra.mintFor(app, approver, { use: 'session' });
  expect(await verifier.verify(token, 'session')).toMatchObject({ kind: 'caller' });
});
