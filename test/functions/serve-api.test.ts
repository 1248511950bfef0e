import { HttpRequest } from '@azure/functions';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveApi } from '../../functions/serve-api.ts';
import { type ApiWorld, asked, openApiWorld, subscription } from '../support/api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

const url = (path: string): string => `https://internal.example:8080${path}`;
const text = (body: unknown): string => Buffer.from(body as Uint8Array).toString();

it('hands on what the host was called with, and the answer', async () => {
  const authorization = `Bearer ${await world.tenant.accessToken()}`;
  const answer = await serveApi(
    world.api,
    new HttpRequest({
      method: 'POST',
      url: url(`/api/cases/${subscription}/${asked}/decisions`),
      headers: { authorization, 'content-type': 'application/json' },
      body: { string: JSON.stringify({ proposal: 'a'.repeat(64), verdict: 'approve' }) },
    }),
  );
  expect([answer.status, text(answer.body)]).toEqual([201, '{"given":1,"needed":1}']);
  expect(world.decisions.recorded.length).toBe(1);
});

it('hands on headers and refusals', async () => {
  const answer = await serveApi(world.api, new HttpRequest({ method: 'GET', url: url('/api/cases?most=1') }));
  expect(answer.status).toBe(401);
  expect(new Map(answer.headers as [string, string][]).get('www-authenticate')).toBe(
    'Bearer realm="leakstop"',
  );
  expect(JSON.parse(text(answer.body))).toMatchObject({ code: 'no-token' });
});

it('refuses what is too large, and a body that is none', async () => {
  const headers = {
    authorization: `Bearer ${await world.tenant.accessToken()}`,
    'content-type': 'application/json',
  };
  const sent = (body?: string, more: Record<string, string> = {}) =>
    serveApi(
      world.api,
      new HttpRequest({
        method: 'POST',
        url: url('/api/decisions'),
        headers: { ...headers, ...more },
        ...(body !== undefined && { body: { string: body } }),
      }),
    );
  expect((await sent(' '.repeat(1_048_577))).status).toBe(413);
  expect((await sent(undefined, { 'content-length': '0' })).status).toBe(400);
  // The host hands on nothing of a body in chunks.
  const inChunks = await sent(undefined, { 'transfer-encoding': 'chunked' });
  expect([inChunks.status, JSON.parse(text(inChunks.body))]).toMatchObject([411, { code: 'no-length' }]);
  expect((await sent()).status).toBe(411);
});
