import { AxeBuilder } from '@axe-core/playwright';
import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, type TestBrowser } from '../support/browser.ts';
import { type Estate, fillEstate, servePages, type ServedPages } from '../support/pages-browser.ts';
import {
  accountId,
  madeCase,
  otherSubscription,
  pagesWorld,
  person,
  say,
  subscription,
} from '../support/pages-world.ts';
import { runs } from '../support/effort.ts';
import { anyEntry } from '../support/sample-payloads.ts';

let browser: TestBrowser;
let served: ServedPages;
let estate: Estate;

beforeAll(async () => {
  [browser, served] = await Promise.all([openBrowser(), servePages()]);
  estate = await fillEstate(served.world);
});

afterAll(async () => {
  await browser.close();
  await served.close();
});

/** Opens a page as somebody who signed in, in a browser without script. */
async function openAs(who: string, options: Parameters<TestBrowser['openPage']>[0] = {}): Promise<Page> {
  const page = await browser.openPage({ javaScriptEnabled: false, ...options });
  served.world.signedIn = { kind: 'signed-in', session: who, to: '/' };
  await page.goto(`${served.origin}/sign-in`);
  return page;
}

const routes = (): Record<string, string> => ({
  overview: '/',
  cases: '/cases',
  closed: '/cases?state=closed',
  case: `/cases/${subscription}/${estate.unwitnessed.caseId}`,
  failed: `/cases/${otherSubscription}/${estate.failed.caseId}`,
  fixed: `/cases/${subscription}/${estate.fixed.caseId}`,
  'decide many': '/decide-many',
  'decide many of one control': '/decide-many?control=storage-account-min-tls',
  'kill switch': '/kill-switch',
  'not found': '/nothing',
  'signed out': '/signed-out',
});

describe.each([
  { width: 1280, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
] as const)('at $width px, $colorScheme', ({ width, colorScheme }) => {
  test('every page is accessible, whole and quiet', async () => {
    // The checker is a script of its own; the pages have none.
    const page = await openAs('root', {
      viewport: { width, height: 900 },
      colorScheme,
      javaScriptEnabled: true,
      bypassCSP: true,
    });
    const noise: string[] = [];
    page.on('console', (message) => noise.push(message.text()));
    for (const [name, path] of Object.entries(routes())) {
      await page.goto(`${served.origin}${path}`);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(
        violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0]?.html ?? ''}`),
        name,
      ).toEqual([]);
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow, `${name} is as wide as the screen`).toBe(0);
    }
    expect(noise.filter((text) => !text.includes('404'))).toEqual([]);
  });
});

test('the style sheet is taken under the policy of the pages', async () => {
  const page = await openAs('ada', { javaScriptEnabled: true });
  const noise: string[] = [];
  page.on('console', (message) => noise.push(message.text()));
  await page.goto(`${served.origin}/`);
  expect(await page.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight")).toBe('650');
  expect(noise).toEqual([]);
});

test('somebody decides with the keyboard alone, without script, and no address leaks by referrer', async () => {
  const page = await openAs('ada');
  served.requests.length = 0;
  served.world.requests.length = 0;
  const path = `/cases/${subscription}/${estate.unwitnessed.caseId}`;
  served.world.link = {
    kind: 'valid',
    claims: {
      subscription,
      caseId: estate.unwitnessed.caseId,
      proposal: '0'.repeat(64),
      expires: new Date(),
    },
  };
  await page.goto(`${served.origin}/decide?token=very-secret`);
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').innerText()).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  await pressUntil(page, '#leave-deny');
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  expect(await page.locator('#leave-exempt').isChecked()).toBe(true);
  await page.keyboard.press('Tab');
  await page.keyboard.type('The partner moves in March');
  await page.keyboard.press('Tab');
  // The locale of the browser is en-US: month, day, year.
  await page.keyboard.type('03202026');
  await pressUntil(page, 'button:has-text("Leave it open")');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Recorded' }).waitFor();
  expect(served.world.requests).toMatchObject([
    { verdict: 'exempt', reason: 'The partner moves in March', until: new Date('2026-03-20T23:59:59Z') },
  ]);
  expect(served.requests.map(({ referrer }) => referrer).filter((each) => each !== null)).toEqual([]);
  const post = served.requests.find(({ line }) => line.startsWith('POST'));
  expect(post).toMatchObject({ line: `POST ${path}`, origin: 'null' });
});

async function pressUntil(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await page.locator(`${selector}:focus`).count()) > 0) {
      return;
    }
  }
  throw new Error(`The keyboard does not reach ${selector}`);
}

test('every control that acts has a visible focus and a name', async () => {
  const page = await openAs('olli', { javaScriptEnabled: true });
  await page.goto(`${served.origin}/kill-switch`);
  for (let presses = 0; presses < 10; presses += 1) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).toBe('solid');
  }
});

test('whoever signs out is out, and is sent to sign in', async () => {
  const page = await openAs('ada');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'You are signed out of Leakstop' }).waitFor();
  served.world.signedIn = { kind: 'stale' };
  await page.goto(`${served.origin}/cases`);
  await page.getByRole('heading', { name: 'The sign-in did not work' }).waitFor();
});

/** Texts that would do harm where they were not escaped, or would look like something else. */
const hostile = fc.oneof(
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</textarea><form action="https://evil.example">',
    '</title></head><body><a href="javascript:alert(1)">x</a>',
    '<!--',
    ']]>',
    '&lt;b&gt;&#60;b&#62;',
    '\u202eevil\u202c',
    '\u0000\ud800',
    '${7*7}{{7*7}}',
    '<svg/onload=alert(1)>',
    '<base href="https://evil.example/">',
    '\u2028</style><style>*{display:none}</style>',
  ),
  fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }),
);

test('no text that others write becomes part of a page', async () => {
  const page = await browser.openPage();
  const oneLine = await skeletons(page, 'plain');
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      // The ledger takes no half of a surrogate pair, and makes it U+FFFD.
      const written = `x${text}`.toWellFormed();
      const found = await skeletons(page, written);
      // What is said in several lines is shown in as many, whoever writes it.
      const benign = written.includes('\n')
        ? await skeletons(page, written.replaceAll(/[^\n]+/g, 'plain'))
        : oneLine;
      expect(found.links.filter((link) => !/^(\/(?!\/)|#[a-z-]+$)/.test(link))).toEqual([]);
      expect(found.shapes).toEqual(benign.shapes);
      expect(found.texts.filter((each) => /[\u202a-\u202e\u2066-\u2069\u200b]/.test(each))).toEqual([]);
    }),
    { numRuns: runs(7) },
  );
});

interface Skeletons {
  readonly shapes: readonly (readonly string[])[];
  readonly links: readonly string[];
  readonly texts: readonly string[];
}

/** Every page of a world in which everything that others write is one text, read by the parser of the browser. */
async function skeletons(page: Page, text: string): Promise<Skeletons> {
  const world = pagesWorld();
  world.check = () => ({
    kind: 'caller',
    caller: person(text, ['Leakstop.Approver', 'Leakstop.RiskOwner', 'Leakstop.Operator']),
  });
  world.state = { changes: 'stopped', because: 'said', by: text, reason: text };
  const resource = `${accountId('a')}/${text.replaceAll('/', '_')}`;
  const made = madeCase(resource);
  const step = made.change!.steps[0]!;
  const data = madeCase(resource, {
    opener: { grade: 'candidates', actors: [{ name: text }, { objectId: text }] },
    due: { at: '2026-03-02T00:00:00.000Z', owner: text, rule: text },
    failure: { code: text, action: text, message: text, at: text },
    change: {
      steps: [
        {
          ...step,
          target: text,
          before: { [`p.${text}`]: { is: text } },
          after: { [`p.${text}`]: { is: [text] } },
        },
      ] as never,
      impact: text,
      undo: { kind: 'default', note: text, values: { p: text } },
    },
  });
  world.options = (_, standing) => ({
    ...standing,
    allowed: ['approve', 'exempt'],
    why: { deny: text },
    given: [{ verdict: 'deny', by: `by ${text}`, at: '2026-03-01T00:00:00.000Z' }],
  });
  const row = await say(world, subscription, data, [
    { kind: 'case-opened', payload: { lastSeenInSync: text, firstSeenDrifted: text } },
    { kind: 'case-held', payload: { reason: text, detail: text, guidance: text, owner: text, until: text } },
    { kind: 'case-reconsidered', payload: {} },
    { kind: 'decision-requested', payload: { because: text, expires: text } },
    {
      kind: 'decision-recorded',
      payload: { decision: { verdict: text, by: { name: text }, reason: text, until: text } },
    },
  ]);
  await world.ledger.append({
    chain: 'service',
    entries: [
      anyEntry({
        kind: 'kill-switch-turned',
        body: { actor: { name: text }, payload: { changes: text, reason: text } },
      }),
      {
        kind: 'policy-refused',
        body: { payload: { document: text, faults: [text], faultCount: 1 } },
      },
    ],
    cases: [],
  });
  const path = `/cases/${subscription}/${row.caseId}`;
  const { formFields } = await import('../support/pages-world.ts');
  const gets = await Promise.all(
    [
      '/',
      '/cases',
      `/cases?state=${encodeURIComponent(text)}`,
      path,
      '/decide-many',
      '/decide-many?control=storage-account-https-only',
      '/kill-switch',
      `/sign-in/return?error=${encodeURIComponent(text)}`,
    ].map(async (each) => (await world.get(each, 'ada')).text()),
  );
  const fields = formFields(gets[3]!, path);
  world.answer = {
    kind: 'refused',
    code: 'decided',
    message: text,
    decided: { verdict: 'deny', by: text, at: '2026-03-01T00:00:00.000Z' },
  };
  const posts = [
    await world.post(path, { ...fields, verdict: 'exempt', reason: 'Because', until: text }, 'ada'),
    // A reason with a character that nobody sees is always refused, and shown again.
    await world.post(
      path,
      { ...fields, verdict: 'exempt', reason: `${text}\u0007`, until: '2026-03-02' },
      'ada',
    ),
    await world.post(path, { ...fields, verdict: 'approve', reason: '' }, 'ada'),
  ];
  const texts = [...gets, ...(await Promise.all(posts.map((answer) => answer.text())))];
  return { texts, ...(await page.evaluate(skeletonScript, texts)) };
}

/** Runs in the browser. */
function skeletonScript(texts: readonly string[]): Omit<Skeletons, 'texts'> {
  interface Parsed {
    querySelectorAll(selector: string): Iterable<{
      readonly tagName: string;
      readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
    }>;
  }
  const { DOMParser } = globalThis as unknown as {
    DOMParser: new () => { parseFromString(text: string, type: string): Parsed };
  };
  const links: string[] = [];
  const shapes = texts.map((text) =>
    [...new DOMParser().parseFromString(text, 'text/html').querySelectorAll('*')].map((element) => {
      const attributes = [...element.attributes];
      for (const { name, value } of attributes) {
        if (['href', 'src', 'action', 'formaction', 'xlink:href', 'srcset', 'background'].includes(name)) {
          links.push(value);
        }
      }
      return `${element.tagName} ${attributes.map(({ name }) => name).join(' ')}`;
    }),
  );
  return { shapes, links };
}
