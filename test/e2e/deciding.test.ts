// Renews the pictures of the README: LEAKSTOP_SCREENSHOTS=pages/screenshots npx vitest run test/e2e/deciding.test.ts
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TestBrowser } from '../support/browser.ts';
import { openBrowser, pickAccount } from '../support/browser.ts';
import type { Deployed, KnownAccount } from './deployed.ts';
import { becomes, group, propertiesOf, runFunction, settled, startDeployed } from './deployed.ts';
import { eventually } from './eventually.ts';
import { entriesAbout, rowsOf } from './records.ts';

const security = '5ec0de00-0000-4000-8000-00000000000a';
const policy = `format: 1
rules:
  - name: ask-about-tls
    scope: '*'
    control: storage-account-min-tls
    mode: approve
limits:
  decisionTime: 1h
approvers:
  - name: security
    scope: '*'
    principals: [{ id: ${security}, label: Security }]
`;

let deployed: Deployed;
let browser: TestBrowser;
let webUrl: string;

beforeAll(async () => {
  deployed = await startDeployed({ accounts: 12, policy });
  await deployed.startWeb();
  webUrl = deployed.cloud.deployment.webUrl;
  for (const [displayName, roles, groups] of [
    ['approver', ['Leakstop.Approver'], [security]],
    ['risk owner', ['Leakstop.RiskOwner'], [security]],
    ['second owner', ['Leakstop.RiskOwner'], [security]],
    ['operator', ['Leakstop.Operator'], [security]],
    ['auditor', ['Leakstop.Auditor'], [security]],
    ['elsewhere', ['Leakstop.Approver', 'Leakstop.RiskOwner'], []],
    ['nobody', [], [security]],
  ] as const) {
    deployed.cloud.addPerson({ displayName, roles, groups });
  }
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await deployed.stop();
});
afterEach(() => deployed.cloud.faults.clear());

/** Somebody lowers the version of TLS, and people are asked about it. */
async function asked(): Promise<KnownAccount> {
  const account = deployed.nextAccount();
  await deployed.person.storageAccounts.update(group, account.name, { minimumTlsVersion: 'TLS1_0' });
  await eventually('people are asked', async () =>
    (await entriesAbout(deployed.cloud, account.id)).some(({ kind }) => kind === 'decision-requested'),
  );
  return account;
}

/** A page of somebody who has signed in. */
async function pageOf(displayName: string, path = '/'): Promise<Page> {
  const page = await browser.openPage();
  await page.goto(`${webUrl}${path}`);
  await pickAccount(page, displayName);
  return page;
}

const cardsAbout = (name: string): string[] =>
  deployed.cloud.teams
    .cards()
    .map(({ message }) => JSON.stringify(message))
    .filter((text) => text.includes(name));

/** The link of the card that asks about an account. */
async function linkTo(name: string): Promise<string> {
  await runFunction(deployed.host, 'send-notices');
  const card = await eventually('a card asks', () =>
    cardsAbout(name).find((text) => text.includes(`${webUrl}/decide?`)),
  );
  return /"url":"([^"]+\/decide\?[^"]+)"/.exec(card)?.[1] ?? expect.fail('the card has no link');
}

/** A picture of the channel in which a card asks about an account. */
async function showChannel(name: string): Promise<void> {
  const page = await browser.openPage({ viewport: { width: 700, height: 680 } });
  await page.goto(deployed.cloud.teams.pageUrl);
  await page.getByText(name).first().waitFor();
  await browser.screenshot(page, 'card', { width: 700, height: 680 });
}

const kinds = async (id: string) => (await entriesAbout(deployed.cloud, id)).map(({ kind }) => kind);
const tlsOf = ({ id }: KnownAccount) => propertiesOf(deployed, id).minimumTlsVersion;

/** Every row of every table, with its version, and every blob of the policy. */
async function everything(): Promise<string> {
  const tables = await Promise.all(
    (['ledger', 'work'] as const).map(async (name) =>
      (await rowsOf(deployed.cloud, name)).map(({ partitionKey, rowKey, etag }) => [
        name,
        partitionKey,
        rowKey,
        etag,
      ]),
    ),
  );
  return JSON.stringify(tables.flat().sort());
}

/** The page of the one open case about an account. The list is asked for again until it has followed the ledger so far. */
async function openCase(page: Page, { name }: KnownAccount, list = 'state=awaiting-decision'): Promise<void> {
  const link = page.getByRole('link', { name: new RegExp(name) }).first();
  await eventually('the case is listed', async () => {
    await page.goto(`${webUrl}/cases?${list}`);
    return link.isVisible();
  });
  await link.click();
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

async function leaveOpen(page: Page, how: 'Deny' | 'Exempt'): Promise<void> {
  await page.getByLabel(how, { exact: true }).check();
  const form = page.getByRole('form', { name: 'Leave it open for a time' });
  await form.getByLabel(/reason/i).fill('the old client is replaced next week');
  await form.getByLabel(/until/i).fill(inDays(3));
  await form.getByRole('button').click();
}

/** Asked at the beginning and left alone: looked at again at the end. */
let unanswered: KnownAccount;
/** The link of the first card. */
let firstLink: string;
beforeAll(async () => {
  // Messages begin: what is asked from now on gets a card of its own.
  await runFunction(deployed.host, 'send-notices');
  await eventually('messages have begun', async () =>
    (await rowsOf(deployed.cloud, 'work')).some(({ partitionKey }) => partitionKey === 'notices'),
  );
  unanswered = await asked();
});

test('asked in Teams, approved on the page, applied, and the channel hears of it', async () => {
  const account = await asked();
  const { id, name } = account;
  const before = propertiesOf(deployed, id);
  firstLink = await linkTo(name);
  const page = await browser.openPage();
  await page.goto(firstLink);
  await pickAccount(page, 'approver');
  // What is shown, and nothing else, is what is written.
  const shown: Record<string, unknown> = {};
  for (const row of await page.locator('.diff-row').all()) {
    const path = await row.locator('dt code').innerText();
    const value = async (kind: string) =>
      JSON.parse(await row.locator(`dd.${kind} .value`).innerText()) as unknown;
    expect(before[path.replace('properties.', '')]).toBe(await value('was'));
    shown[path.replace('properties.', '')] = await value('becomes');
  }
  await browser.screenshot(page, 'decide', { width: 1060, height: 860 });
  await showChannel(name);
  await page.getByRole('button', { name: 'Approve the change' }).click();
  await page.getByText('Your decision is in the ledger').waitFor();
  await becomes(deployed, id, 'minimumTlsVersion', 'TLS1_2');
  expect(propertiesOf(deployed, id)).toEqual({ ...before, ...shown });
  expect(Object.keys(shown)).toEqual(['minimumTlsVersion']);
  await settled(deployed);
  expect(await kinds(id)).toEqual(
    expect.arrayContaining(['decision-recorded', 'change-verified', 'case-closed']),
  );
  await runFunction(deployed.host, 'send-notices');
  await eventually('the channel hears of it', () => cardsAbout(name).length >= 2);
  // The same link again: it is decided, and nothing can be decided twice.
  await page.goto(firstLink);
  expect(await page.getByRole('button', { name: 'Approve the change' }).count()).toBe(0);
});

test('denied: it stays open until its end, and nothing is written', async () => {
  const account = await asked();
  const page = await pageOf('risk owner');
  await openCase(page, account);
  await leaveOpen(page, 'Deny');
  await page.getByText('Your decision is in the ledger').waitFor();
  await eventually('it is held', async () => (await kinds(account.id)).includes('case-held'));
  expect(tlsOf(account)).toBe('TLS1_0');
});

test('changed meanwhile: nothing is recorded, the page says so, and people are asked again', async () => {
  const account = await asked();
  const page = await pageOf('approver');
  await openCase(page, account);
  await deployed.person.storageAccounts.update(group, account.name, { minimumTlsVersion: 'TLS1_1' });
  await eventually(
    'people are asked again',
    async () => (await kinds(account.id)).filter((kind) => kind === 'decision-requested').length === 2,
  );
  await page.getByRole('button', { name: 'Approve the change' }).click();
  await page.getByText('the change is another one now').waitFor();
  expect(await page.locator('.diff-row dd.was').first().innerText()).toContain('TLS1_1');
  expect(await kinds(account.id)).not.toContain('decision-recorded');
  await page.getByRole('button', { name: 'Approve the change' }).click();
  await becomes(deployed, account.id, 'minimumTlsVersion', 'TLS1_2');
});

describe('who may not decide is offered no button, and is refused when they send one:', () => {
  let account: KnownAccount;
  let form: URLSearchParams;
  let address: string;
  beforeAll(async () => {
    account = await asked();
    const page = await pageOf('approver');
    await openCase(page, account);
    address = page.url();
    form = new URLSearchParams();
    const fields = page.getByRole('form', { name: 'Approve the change' }).locator('input[type=hidden]');
    for (const field of await fields.all()) {
      form.set((await field.getAttribute('name')) ?? '', await field.inputValue());
    }
  });

  /** Sends the approver's form, with the anti-forgery token of whoever sends it. */
  async function send(page: Page, change: Record<string, string> = {}): Promise<string> {
    // Whoever is not let in has no form, and so no token.
    const [field] = await page.locator('input[type=hidden]').all();
    const own = (await field?.inputValue()) ?? '';
    const [tokenField = ''] = [...form.keys()];
    const body = new URLSearchParams({ ...Object.fromEntries(form), [tokenField]: own, ...change });
    const answer = await page.request.post(address, {
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: webUrl },
      data: body.toString(),
    });
    return `${answer.status()} ${await answer.text()}`;
  }

  test.each(['risk owner', 'auditor', 'operator', 'elsewhere'])('%s', async (who) => {
    const page = await pageOf(who, new URL(address).pathname);
    expect(await page.getByRole('button', { name: 'Approve the change' }).count()).toBe(0);
    await send(page);
    expect(tlsOf(account)).toBe('TLS1_0');
    expect(await kinds(account.id)).not.toContain('decision-recorded');
  });

  test('whoever caused it, though they have every role', async () => {
    const { azure, deployment } = deployed.cloud;
    const causer = azure.principals.find('a-person');
    if (causer === undefined) {
      expect.fail('nobody caused it');
    }
    azure.principals.add({ ...causer, groups: [security] });
    azure.entra.apps.assign(deployment.registration.clientId, causer, [
      'Leakstop.Approver',
      'Leakstop.RiskOwner',
    ]);
    const page = await pageOf('a-person', new URL(address).pathname);
    expect(await page.getByRole('button', { name: 'Approve the change' }).count()).toBe(0);
    await page
      .getByText(/caused (a|the) drift/i)
      .first()
      .waitFor();
    await send(page);
    expect(await kinds(account.id)).not.toContain('decision-recorded');
  });

  test('nobody without a role gets in', async () => {
    const page = await pageOf('nobody');
    expect(await page.content()).not.toContain(account.name);
    await send(page);
    expect(await kinds(account.id)).not.toContain('decision-recorded');
  });

  test('a form without its anti-forgery token, or from another site', async () => {
    const page = await pageOf('approver', new URL(address).pathname);
    const [tokenField = ''] = [...form.keys()];
    expect(await send(page, { [tokenField]: 'x'.repeat(43) })).toMatch(/^403/);
    const answer = await page.request.post(address, {
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example' },
      data: form.toString(),
    });
    expect(answer.status()).toBe(403);
    expect(await kinds(account.id)).not.toContain('decision-recorded');
  });
});

describe('a token that is not for us opens nothing:', () => {
  test.each([
    ['forged', { isForged: true }],
    ['expired', { claims: { exp: 1_700_000_000 } }],
    ['of another audience', { claims: { aud: crypto.randomUUID() } }],
    ['of another tenant', { claims: { tid: crypto.randomUUID() } }],
    ['without a role', { claims: { roles: undefined } }],
  ])('%s', async (_, wish) => {
    const { azure, deployment } = deployed.cloud;
    const approver = azure.principals.find('approver');
    if (approver === undefined) {
      expect.fail('nobody approves');
    }
    const token = await azure.entra.mintFor(deployment.registration, approver, { use: 'api', ...wish });
    const page = await browser.openPage();
    const headers = { authorization: `Bearer ${token}` };
    for (const path of ['/api/cases', '/api/ledger', '/api/kill-switch']) {
      expect([401, 403]).toContain((await page.request.get(`${webUrl}${path}`, { headers })).status());
    }
    await page.context().addCookies([
      {
        name: '__Host-leakstop-session',
        value: token,
        url: webUrl,
        secure: true,
        httpOnly: true,
        sameSite: 'Lax',
      },
    ]);
    await page.goto(`${webUrl}/cases`);
    expect(await page.content()).not.toContain('weights');
  });

  test('a bare principal header is worth nothing', async () => {
    const page = await browser.openPage();
    const principal = Buffer.from(JSON.stringify({ claims: [{ typ: 'roles', val: 'Leakstop.Approver' }] }));
    const headers = { 'x-ms-client-principal': principal.toString('base64') };
    expect((await page.request.get(`${webUrl}/api/cases`, { headers })).status()).toBe(401);
    const answer = await page.request.get(`${webUrl}/cases`, { headers, maxRedirects: 0 });
    expect(answer.status()).toBe(302);
  });

  test('a token of the pages is none for the API, and the other way round', async () => {
    const { azure, deployment } = deployed.cloud;
    const approver = azure.principals.find('approver') ?? expect.fail('nobody approves');
    const wishes = [{ use: 'session', nonce: 'n' }, { use: 'api' }] as const;
    const [session = '', access = ''] = await Promise.all(
      wishes.map((wish) => azure.entra.mintFor(deployment.registration, approver, wish)),
    );
    const page = await browser.openPage();
    const statusFor = async (token: string) =>
      (
        await page.request.get(`${webUrl}/api/cases`, { headers: { authorization: `Bearer ${token}` } })
      ).status();
    expect(await statusFor(access)).toBe(200);
    expect(await statusFor(session)).toBe(401);
    const cookie = { name: '__Host-leakstop-session', url: webUrl, secure: true };
    await page.context().addCookies([{ ...cookie, value: access }]);
    await page.goto(`${webUrl}/cases`);
    expect(await page.content()).not.toContain('weights');
  });

  test('a link that was changed shows no case, and says so', async () => {
    const page = await pageOf('approver');
    await page.goto(`${firstLink.slice(0, -8)}AAAAAAAA`);
    expect(await page.getByRole('button', { name: 'Approve the change' }).count()).toBe(0);
    expect(await page.content()).not.toContain('weights');
  });
});

test('with Teams away for the whole time a case is decided on the dashboard', async () => {
  deployed.cloud.faults.add({ target: 'teams', effect: { kind: 'status', status: 503 } });
  const account = await asked();
  await runFunction(deployed.host, 'send-notices');
  const page = await pageOf('approver');
  await openCase(page, account, 'waiting=me');
  await page.getByRole('button', { name: 'Approve the change' }).click();
  await becomes(deployed, account.id, 'minimumTlsVersion', 'TLS1_2');
  expect(cardsAbout(account.name)).toEqual([]);
});

test('an undo that somebody takes back what was closed: two people, since leaving open needs them where nobody knows', async () => {
  const account = deployed.nextAccount();
  await deployed.person.storageAccounts.update(group, account.name, { allowBlobPublicAccess: true });
  await becomes(deployed, account.id, 'allowBlobPublicAccess', false);
  await settled(deployed);
  const page = await pageOf('risk owner', '/cases?state=closed');
  await page
    .getByRole('link', { name: new RegExp(account.name) })
    .first()
    .click();
  const undo = async (of: Page) => {
    await of.getByLabel(/reason/i).fill('a demonstration for a customer');
    await of.getByLabel(/until/i).fill(inDays(2));
    await of.getByRole('button', { name: 'Take the change back' }).click();
    await of.getByText('Your decision is in the ledger').waitFor();
  };
  await undo(page);
  if (propertiesOf(deployed, account.id).allowBlobPublicAccess !== true) {
    await settled(deployed);
  }
  await becomes(deployed, account.id, 'allowBlobPublicAccess', true);
});

// Its end, and that it is asked again: unanswered.long.test.ts.
test('what nobody answers waits, and nothing was written', async () => {
  const page = await pageOf('approver');
  await browser.screenshot(page, 'dashboard', { width: 1180, height: 860 });
  await openCase(page, unanswered);
  expect(await page.getByRole('button', { name: 'Approve the change' }).count()).toBe(1);
  expect(await kinds(unanswered.id)).not.toContain('case-escalated');
  expect(tlsOf(unanswered)).toBe('TLS1_0');
});

/** The last one: the worker is gone after it. */
test('reading changes nothing: no row, no version', async () => {
  await settled(deployed);
  const page = await pageOf('approver');
  await openCase(page, unanswered);
  const here = new URL(page.url()).pathname;
  // Without the worker, whose timers move rows of their own, nothing at all may move.
  await deployed.host.stop();
  const cookies = await page.context().cookies();
  const clientToken = await deployed.cloud.azure.entra.mintFor(
    deployed.cloud.deployment.registration,
    deployed.cloud.azure.principals.find('approver') ?? expect.fail('nobody approves'),
    { use: 'api' },
  );
  const paths = [
    '/',
    '/cases',
    '/kill-switch',
    here,
    firstLink.replace(webUrl, ''),
    '/decide-many',
    '/sign-in/return',
    '/nothing',
  ];
  const api = [
    '/api/cases',
    '/api/ledger',
    '/api/kill-switch',
    `/api/ledger/${deployed.subscription}`,
    '/api/openapi.json',
  ];
  for (const path of [...paths, ...api]) {
    const before = await everything();
    for (const method of ['GET', 'HEAD']) {
      await page.request.fetch(`${webUrl}${path}`, {
        method,
        maxRedirects: 0,
        headers: path.startsWith('/api') ? { authorization: `Bearer ${clientToken}` } : {},
      });
    }
    const after = await everything();
    expect(after, path).toEqual(before);
  }
  expect(cookies.length).toBeGreaterThan(0);
});
