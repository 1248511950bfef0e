import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FaultRegistry } from '../../../sandbox/faults.ts';
import type { Teams } from '../../../sandbox/teams/teams.ts';
import { startTeams } from '../../../sandbox/teams/teams.ts';
import { openBrowser } from '../../support/browser.ts';
import type { TestBrowser } from '../../support/browser.ts';
import { trustedTls } from '../harness/trusted-tls.ts';

const faults = new FaultRegistry();
let teams: Teams;

beforeAll(async () => {
  teams = await startTeams({ tls: await trustedTls(), faults });
});
beforeEach(() => teams.clear());
afterEach(() => faults.clear());
afterAll(() => teams.stop());

const heading = {
  type: 'TextBlock',
  text: 'Public network opened',
  size: 'Large',
  weight: 'Bolder',
  wrap: true,
};
const open = { type: 'Action.OpenUrl', title: 'Review', url: 'https://localhost:1/decide?token=t' };
const card = (body: object[] = [heading], more: object = {}) => ({
  type: 'AdaptiveCard',
  $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
  version: '1.4',
  body,
  ...more,
});
const message = (content: unknown = card()) => ({
  type: 'message',
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
});

const post = (body: unknown, url = teams.webhookUrl, method = 'POST') =>
  fetch(url, { method, body: typeof body === 'string' ? body : JSON.stringify(body) });

describe('the webhook', () => {
  test('takes a card, says 202 and nothing else', async () => {
    const answer = await post(message());
    expect([answer.status, await answer.text()]).toEqual([202, '']);
    expect(teams.cards()).toMatchObject([{ message: message(), cards: [card()] }]);
    expect(teams.cards()[0]).not.toHaveProperty('fault');
  });

  test.each<[string, () => string, number]>([
    ['a wrong secret', () => teams.webhookUrl.replace(/sig=.*/, 'sig=wrong'), 401],
    ['no secret', () => teams.webhookUrl.replace(/&sig=.*/, ''), 401],
    ['another workflow', () => teams.webhookUrl.replace(/workflows\/\w+/, 'workflows/other'), 404],
    ['another path', () => new URL('/', teams.webhookUrl).href, 404],
  ])('refuses %s', async (_, url, status) => {
    expect((await post(message(), url())).status).toBe(status);
    expect(teams.cards()).toEqual([]);
  });

  test('refuses what is too large, and what is not JSON', async () => {
    const text = 'x'.repeat(28 * 1024);
    expect((await post(message(card([{ ...heading, text }])))).status).toBe(413);
    expect((await post('{')).status).toBe(400);
    expect(teams.cards()).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ['no message', { text: 'hello' }, 'type'],
    ['no attachment', { type: 'message', attachments: [] }, 'attachments'],
    [
      'another content type',
      { type: 'message', attachments: [{ contentType: 'text/plain' }] },
      'content type',
    ],
    ['no card', message({ type: 'MessageCard' }), 'AdaptiveCard'],
    ['a version that Teams does not show', message(card([], { version: '1.6' })), '1.5'],
    ['an element that is not there', message(card([{ type: 'TextBlok' }])), 'TextBlok'],
    ['a button without an address', message(card([], { actions: [{ ...open, url: undefined }] })), 'url'],
    [
      'a button that wants a bot',
      message(card([], { actions: [{ type: 'Action.Submit', title: 'Approve' }] })),
      'Action.Submit',
    ],
  ])('%s: accepted, and the flow fails', async (_, body, fault) => {
    expect((await post(body)).status).toBe(202);
    expect(teams.cards()).toMatchObject([{ cards: [], fault: expect.stringContaining(fault) as string }]);
  });

  test('can be down while the second channel is up', async () => {
    faults.add({ target: 'teams', effect: { kind: 'status', status: 502 } });
    expect((await post(message())).status).toBe(502);
    expect((await post({ case: 1 }, teams.escalationUrl)).status).toBe(200);
    faults.clear();
    faults.add({ target: 'escalations', effect: { kind: 'reset-before' } });
    await expect(post({ case: 2 }, teams.escalationUrl)).rejects.toThrow();
    expect((await post(message())).status).toBe(202);
    expect(teams.escalations()).toMatchObject([{ body: { case: 1 } }]);
  });
});

test('the second channel keeps what it gets, with its headers', async () => {
  await fetch(teams.escalationUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-leakstop': 'yes' },
    body: '{"text":"unanswered"}',
  });
  expect(teams.escalations()).toMatchObject([
    { headers: { 'x-leakstop': 'yes' }, text: '{"text":"unanswered"}', body: { text: 'unanswered' } },
  ]);
  expect((await post({}, `${teams.escalationUrl}x`)).status).toBe(401);
});

describe('the page of the channel', () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  const rich = card(
    [
      heading,
      { type: 'TextBlock', text: 'Approve **closing** it, or say _why not_: <img src=x>', wrap: true },
      { type: 'FactSet', facts: [{ title: 'Account', value: 'servingweights' }] },
      {
        type: 'Container',
        style: 'attention',
        items: [{ type: 'TextBlock', text: 'Critical', color: 'Attention', weight: 'Bolder' }],
      },
    ],
    { actions: [open] },
  );

  test.each(['light', 'dark'] as const)('shows cards newest first, %s', async (colorScheme) => {
    await post(message(card([{ ...heading, text: 'The older one' }])));
    await post(message(rich));
    await post({ type: 'nonsense' });
    await post({ text: 'Nobody answered' }, teams.escalationUrl);
    const page = await browser.openPage({ colorScheme });
    const faultsOfPage: string[] = [];
    page.on('pageerror', (error) => faultsOfPage.push(error.message));
    await page.goto(teams.pageUrl);
    await page.locator('body[data-ready]').waitFor();
    const posts = await page.locator('#messages article').allInnerTexts();
    expect(posts.map((text) => text.replaceAll(/\s+/g, ' '))).toEqual([
      expect.stringContaining('The flow failed') as string,
      expect.stringMatching(/Public network opened.*Account servingweights/) as string,
      expect.stringContaining('The older one') as string,
    ]);
    expect(await page.locator('#messages strong').innerText()).toBe('closing');
    expect(await page.locator('#messages img').count()).toBe(0);
    expect(await page.locator('#escalations').innerText()).toContain('Nobody answered');
    const colour = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(colour).toBe(colorScheme === 'dark' ? 'rgb(31, 31, 31)' : 'rgb(245, 245, 245)');
    expect(faultsOfPage).toEqual([]);
    await browser.screenshot(page, `channel-${colorScheme}`);
    await page.context().close();
  });

  test('a button opens its address, and new cards come by themselves', async () => {
    const page = await browser.openPage();
    await page.goto(teams.pageUrl);
    await post(message(card([heading], { actions: [{ ...open, url: `${teams.pageUrl}?theme=dark` }] })));
    const [opened] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: 'Review' }).click(),
    ]);
    await opened.waitForURL(`${teams.pageUrl}?theme=dark`);
    await page.context().close();
  });
});
