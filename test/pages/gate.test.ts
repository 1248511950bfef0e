import { expect, test } from 'vitest';
import { styleSheet } from '../../pages/style.ts';
import { accountId, asked, madeCase, pagesWorld, say, subscription } from '../support/pages-world.ts';

const guarded = [
  '/',
  '/cases',
  '/cases?state=closed',
  `/cases/${subscription}/none`,
  '/decide?token=secret',
  '/decide-many',
  '/decide-many?control=storage-account-https-only',
  '/kill-switch',
];
const free = [
  '/sign-in',
  '/sign-in/return?state=x',
  '/signed-out',
  '/nowhere',
  '/assets/none.css',
  styleSheet.path,
];

const expectedHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'cross-origin-opener-policy': 'same-origin',
};

test.each(
  [...guarded, ...free].flatMap((path) =>
    [undefined, 'ada', 'nobody', 'ann'].map((who) => [path, who] as const),
  ),
)('%s, seen by %s, carries every header', async (path, who) => {
  const world = pagesWorld();
  const answer = await world.get(path, who);
  expect(Object.fromEntries(answer.headers)).toMatchObject(expectedHeaders);
  const isAsset = path === styleSheet.path;
  expect(answer.headers.get('cache-control')).toBe(
    isAsset ? 'public, max-age=31536000, immutable' : 'no-store',
  );
  for (const cookie of answer.headers.getSetCookie()) {
    expect(cookie).toMatch(
      /^__Host-leakstop-[^;]*; (Max-Age=\d+; )?Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
  }
});

test.each(guarded)('%s lets nobody in who is not signed in, and brings them back', async (path) => {
  const world = pagesWorld();
  const answer = await world.get(path);
  expect(answer.status).toBe(302);
  expect(answer.headers.get('location')).toMatch(/^https:\/\/leakstop\.example\/sign-in\/return/);
  const memory = /sign-in-s{12}=([^;]*)/.exec(answer.headers.getSetCookie()[0] ?? '')?.[1] ?? '';
  expect(Buffer.from(memory, 'base64url').toString()).toBe(path);
});

test.each(guarded)('%s: without a role 403, without keys 503', async (path) => {
  const world = pagesWorld();
  expect((await world.get(path, 'nobody')).status).toBe(403);
  world.check = () => ({ kind: 'unavailable', message: 'away' });
  expect((await world.get(path, 'ada')).status).toBe(503);
});

test('a principal that a header names is nobody', async () => {
  const world = pagesWorld();
  const principal = Buffer.from(JSON.stringify({ userId: 'ada', userRoles: ['Leakstop.Operator'] }));
  const answer = await world.pages.fetch(
    new Request('https://leakstop.example/', {
      headers: { 'x-ms-client-principal': principal.toString('base64'), 'x-ms-client-principal-name': 'ada' },
    }),
  );
  expect(answer.status).toBe(302);
});

test('whoever comes back is led to the page that was asked for, with a session of any size', async () => {
  const world = pagesWorld();
  const session = 'x'.repeat(9_000);
  world.check = (token) =>
    token === session
      ? { kind: 'refused', reason: 'no-role', message: 'm' }
      : { kind: 'refused', reason: 'malformed', message: 'm' };
  world.signedIn = { kind: 'signed-in', session, to: '/cases?state=held' };
  const answer = await world.get('/sign-in/return?code=c&state=ssssssssssssssssssssssss');
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/cases?state=held']);
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]!);
  expect(cookies.every((cookie) => cookie.length < 4_096)).toBe(true);
  const back = await world.pages.fetch(
    new Request('https://leakstop.example/', { headers: { cookie: cookies.join('; ') } }),
  );
  expect(back.status).toBe(403);
});

test.each([
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '/sign-out',
  'javascript:alert(1)',
  '/x\r\ny',
])('a sign-in never leads to %j', async (to) => {
  const world = pagesWorld();
  world.signedIn = { kind: 'signed-in', session: 'ada', to };
  const answer = await world.get('/sign-in/return?code=c&state=ssssssssssssssssssssssss');
  expect(answer.headers.get('location')).toBe('/');
  const begun = await world.get(`/sign-in?to=${encodeURIComponent(to)}`);
  const memory = /sign-in-s{12}=([^;]*)/.exec(begun.headers.getSetCookie()[0] ?? '')?.[1] ?? '';
  expect(Buffer.from(memory, 'base64url').toString()).toBe('/');
});

test('a session that its verifier refuses is not kept', async () => {
  const world = pagesWorld();
  world.signedIn = { kind: 'signed-in', session: 'forged', to: '/' };
  const answer = await world.get('/sign-in/return?code=c&state=ssssssssssssssssssssssss');
  expect(answer.status).toBe(403);
  expect(answer.headers.getSetCookie()).toEqual([]);
});

test('signing out takes a form, and ends the session', async () => {
  const world = pagesWorld();
  const { formFields } = await import('../support/pages-world.ts');
  expect((await world.get('/sign-out', 'ada')).status).toBe(404);
  const fields = formFields(await (await world.get('/kill-switch', 'ada')).text(), '/sign-out');
  expect((await world.post('/sign-out', {}, 'ada')).status).toBe(403);
  const answer = await world.post('/sign-out', fields, 'ada');
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/signed-out']);
  expect(answer.headers.getSetCookie()[0]).toMatch(/^__Host-leakstop-session=; Max-Age=0/);
});

test('nothing that is asked for with GET or HEAD is recorded, and HEAD has no body', async () => {
  const world = pagesWorld();
  const row = await say(world, subscription, madeCase(accountId('a')), asked);
  const path = `/cases/${subscription}/${row.caseId}`;
  const end = await world.reader.end(subscription);
  for (const method of ['GET', 'HEAD']) {
    for (const each of [...guarded, path, `${path}?verdict=approve&proposal=${'0'.repeat(64)}`]) {
      const answer = await world.pages.fetch(
        new Request(`https://leakstop.example${each}`, {
          method,
          headers: { cookie: '__Host-leakstop-session=ada' },
        }),
      );
      const text = await answer.text();
      expect(method === 'HEAD' ? text : 'none').toBe(method === 'HEAD' ? '' : 'none');
    }
  }
  expect(world.requests).toEqual([]);
  expect(world.turns).toEqual([]);
  expect(await world.reader.end(subscription)).toBe(end);
});

test('what breaks is a page that says nothing of the inside', async () => {
  const world = pagesWorld();
  world.options = () => {
    throw new Error('secret-host.table.core.windows.net is away');
  };
  await say(world, subscription, madeCase(accountId('a')), asked);
  const answer = await world.get('/', 'ada');
  expect(answer.status).toBe(503);
  expect(await answer.text()).not.toContain('secret-host');
  expect(world.log.join()).toContain('A page could not be made');
});
