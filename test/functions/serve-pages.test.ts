import { expect, test } from 'vitest';
import { HttpRequest } from '@azure/functions';
import { servePage } from '../../functions/serve-pages.ts';
import type { PageApp } from '../../pages/page-app.ts';

const webUrl = 'https://leakstop.example';

test('the pages see the path, the query, headers and the form, and the origin of the setting', async () => {
  let seen: Request | undefined;
  const pages: PageApp = {
    fetch: (request) => {
      seen = request;
      return Promise.resolve(new Response('made', { status: 201 }));
    },
  };
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://127.0.0.1:7071/cases/a?b=c%20d',
    headers: {
      cookie: 'one=1',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '15',
    },
    body: { string: 'verdict=approve' },
  });
  const answer = await servePage(pages, request, webUrl);
  expect(answer.status).toBe(201);
  expect(seen?.url).toBe('https://leakstop.example/cases/a?b=c%20d');
  expect(seen?.headers.get('cookie')).toBe('one=1');
  expect(await seen?.text()).toBe('verdict=approve');
});

test.each([undefined, '262145', 'much'])('a form of %s bytes is not even read', async (length) => {
  const pages: PageApp = { fetch: () => expect.fail('the pages were asked') };
  const request = new HttpRequest({
    method: 'POST',
    url: 'http://host/cases/a',
    headers: length === undefined ? {} : { 'content-length': length },
    body: { string: 'verdict=approve' },
  });
  expect(await servePage(pages, request, webUrl)).toMatchObject({ status: 413 });
});

test('every cookie reaches the host by itself', async () => {
  const headers = new Headers({ 'content-type': 'text/html' });
  headers.append('set-cookie', '__Host-a=x=y; Path=/; HttpOnly; Secure; SameSite=Lax');
  headers.append('set-cookie', '__Host-b=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax');
  const pages: PageApp = { fetch: () => Promise.resolve(new Response('text', { headers })) };
  const answer = await servePage(pages, new HttpRequest({ method: 'GET', url: 'http://host/' }), webUrl);
  const kept = { path: '/', httpOnly: true, secure: true, sameSite: 'Lax' };
  expect(answer.cookies).toEqual([
    { name: '__Host-a', value: 'x=y', ...kept },
    { name: '__Host-b', value: '', maxAge: 0, ...kept },
  ]);
  expect(answer.headers).toEqual({ 'content-type': 'text/html' });
});
