import { beforeEach, describe, expect, test } from 'vitest';
import {
  accountId,
  formFields,
  madeCase,
  type PagesWorld,
  pagesWorld,
  say,
  subscription,
} from '../support/pages-world.ts';

let world: PagesWorld;
beforeEach(() => {
  world = pagesWorld();
});

const lock = `/subscriptions/${subscription}/resourceGroups/<b>rg</b>`;

/** A case that a lock holds, on the page that shows it. */
async function heldCase(): Promise<string> {
  const refusal = { by: 'lock' as const, scopes: [lock] };
  const until = '2099-01-01T00:00:00.000Z';
  const hold = { reason: 'locked' as const, at: '2026-03-01T10:00:00.000Z', until, refusal };
  const row = await say(world, subscription, madeCase(accountId('data1'), { hold }), [
    { kind: 'case-opened', payload: { witnessed: true } },
    { kind: 'case-held', payload: { reason: 'locked', refusal, until } },
  ]);
  return `/cases/${subscription}/${row.caseId}`;
}

describe('a case that a lock holds', () => {
  test('says which lock, what ends it and when it is looked at again, and nothing of it as markup', async () => {
    const text = await (await world.get(await heldCase(), 'ada')).text();
    expect(text).toContain('What stands in the way');
    expect(text).toContain('&lt;b&gt;rg&lt;/b&gt;');
    expect(text).not.toContain('<b>rg</b>');
    expect(text).toContain('Remove the lock');
    expect(text).toContain('1 Jan 2099');
  });

  test('is looked at when somebody asks, and not by a form from elsewhere', async () => {
    const path = await heldCase();
    const look = `${path}/look`;
    const fields = formFields(await (await world.get(path, 'ada')).text(), look, 'Look now');
    expect((await world.post(look, { form: 'made up' }, 'ada')).status).toBe(403);
    expect((await world.get(look, 'ada')).status).toBe(404);
    expect(world.looks).toEqual([]);
    const answer = await world.post(look, fields, 'ada');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('A look was asked for');
    expect(world.looks).toMatchObject([{ root: accountId('data1'), source: 'look' }]);
  });
});

test('a case that only counts offers no look at a resource', async () => {
  const counts = madeCase('storage-account-min-tls', { control: 'automation-verified' });
  const row = await say(world, 'tenant', counts, [{ kind: 'case-opened', payload: {} }]);
  const text = await (await world.get(`/cases/tenant/${row.caseId}`, 'ada')).text();
  expect(text).toContain('What is changed by itself is in sync afterwards');
  expect(text).not.toContain('Look now');
});

describe('the page for any resource', () => {
  test('asks for a look, and keeps what was typed where it is refused', async () => {
    const fields = formFields(await (await world.get('/look', 'ada')).text(), '/look', 'Look now');
    expect(await (await world.get('/look', 'ada')).text()).toMatch(
      /<input\s+type="text"\s+id="look-resource"/,
    );
    const wrong = await world.post('/look', { ...fields, resource: 'data1"><script>' }, 'ada');
    expect(wrong.status).toBe(400);
    const text = await wrong.text();
    expect(text).toContain('href="#look-resource"');
    expect(text).toContain('data1&quot;&gt;&lt;script&gt;');
    expect((await world.post('/look', { ...fields, resource: accountId('data2') }, 'ada')).status).toBe(200);
    const elsewhere = accountId('x', '33333333-3333-4333-8333-333333333333');
    expect((await world.post('/look', { ...fields, resource: elsewhere }, 'ada')).status).toBe(404);
    expect(world.looks).toMatchObject([{ root: accountId('data2') }]);
  });
});
