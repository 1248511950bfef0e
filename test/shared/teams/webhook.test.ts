import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openWebhook } from '../../../shared/teams/webhook.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const secret = 'canary-4711';
const url = `https://hooks.example/workflows/x?sig=${secret}`;

function answering(answer: () => Response | Promise<Response>) {
  const requests: { readonly url: string; readonly init: RequestInit }[] = [];
  const clock = new ManualClock();
  const fetcher = ((address: URL, init: RequestInit) => {
    requests.push({ url: address.href, init });
    return Promise.resolve().then(answer);
  }) as typeof fetch;
  return { requests, clock, webhook: openWebhook(url, clock, fetcher) };
}

describe('a webhook', () => {
  it.each([
    [200, '1', {}, { kind: 'accepted' }],
    [202, null, {}, { kind: 'accepted' }],
    [200, 'Microsoft Teams endpoint returned HTTP error 429', {}, { kind: 'later', reason: 'status 429' }],
    [429, null, { 'retry-after': '17' }, { kind: 'later', reason: 'status 429', retryAfterInMs: 17_000 }],
    [
      503,
      null,
      { 'retry-after': 'Sun, 01 Mar 2026 12:01:00 GMT' },
      { kind: 'later', reason: 'status 503', retryAfterInMs: 60_000 },
    ],
    [
      503,
      null,
      { 'retry-after': 'Sun, 01 Mar 2020 12:01:00 GMT' },
      { kind: 'later', reason: 'status 503', retryAfterInMs: 0 },
    ],
    [500, 'x', { 'retry-after': 'soon' }, { kind: 'later', reason: 'status 500' }],
    [408, null, {}, { kind: 'later', reason: 'status 408' }],
    [400, 'bad', {}, { kind: 'refused', reason: 'status 400' }],
    [401, secret, {}, { kind: 'refused', reason: 'status 401' }],
    [413, null, {}, { kind: 'refused', reason: 'status 413' }],
    [302, null, { location: 'https://evil.example/' }, { kind: 'refused', reason: 'a redirect' }],
    [307, null, { location: 'https://evil.example/' }, { kind: 'refused', reason: 'a redirect' }],
  ])('takes status %i with %j and %j for %j', async (status, body, headers, expected) => {
    const { webhook, requests } = answering(
      () => new Response(body, { status, headers: headers as Record<string, string> }),
    );
    expect(await webhook.post('{"a":1}')).toEqual(expected);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ url, init: { method: 'POST', body: '{"a":1}', redirect: 'manual' } });
  });

  it('gives up what is not answered in time', async () => {
    const never = ((_: URL, { signal }: RequestInit) =>
      new Promise((_resolve, reject) => {
        signal!.addEventListener('abort', () => reject(signal!.reason as Error));
      })) as typeof fetch;
    const webhook = openWebhook(url, new ManualClock(), never, 1);
    expect(await webhook.post('{}')).toEqual({ kind: 'later', reason: 'no answer in time' });
  });

  it('reads no more of an answer than it needs', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(1_000));
      },
    });
    const { webhook } = answering(() => new Response(endless, { status: 200 }));
    expect(await webhook.post('{}')).toEqual({ kind: 'accepted' });
    expect(pulled).toBeLessThan(10);
  });

  it('tells nothing of its address, however it fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          () => Promise.reject(new TypeError(`fetch failed ${url}`, { cause: new Error(url) })),
          () => Promise.reject(new Error(url)),
          () => new Response(url, { status: 500, statusText: secret }),
          () => new Response(url, { status: 404 }),
          () => new Response(null, { status: 301, headers: { location: url } }),
        ),
        async (answer) => {
          const delivery = await answering(answer).webhook.post('{}');
          expect(inspect(delivery, { depth: 9 })).not.toContain(secret);
        },
      ),
    );
  });

  it.each(['', 'http://hooks.example/canary-4711', 'canary-4711', 'file:///canary-4711'])(
    'is no %j, and says nothing of it',
    (wrong) => {
      try {
        openWebhook(wrong, new ManualClock());
        expect.unreachable();
      } catch (error) {
        expect(error).toMatchObject({ code: 'malformed-input' });
        expect(inspect(error, { depth: 9 })).not.toContain(secret);
      }
    },
  );
});
