import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cloud } from '../../sandbox/cloud.ts';
import { startCloud } from '../../sandbox/cloud.ts';
import type { FunctionsHost } from '../../sandbox/host/start-host.ts';
import type { TestBrowser } from '../support/browser.ts';
import { openBrowser, pickAccount } from '../support/browser.ts';
import { buildApp } from './harness/build-app.ts';

let cloud: Cloud;
let host: FunctionsHost;
let browser: TestBrowser;

beforeAll(async () => {
  [cloud, browser] = await Promise.all([
    startCloud({
      directory: mkdtempSync(join(tmpdir(), 'leakstop-web-')),
      repository: join(import.meta.dirname, '../..'),
      subscriptions: ['5b2c1f0e-6d3a-4c8e-9f10-2a7b8c9d0e1f'],
    }),
    openBrowser(),
  ]);
  cloud.addPerson({ displayName: 'An approver', upn: 'approver@example.com', roles: ['Leakstop.Approver'] });
  cloud.addPerson({ displayName: 'Nobody <b>', roles: [] });
  const source = readFileSync('test/fixtures/apps/web.mjs', 'utf8');
  const extensions = { http: { routePrefix: '' } };
  host = await cloud.startWeb({ appDirectory: await buildApp(source, { host: { extensions } }) });
});
afterAll(async () => {
  await Promise.all([browser.close(), cloud.stop()]);
});

function authorizeUrl(): string {
  const { entra, azure, deployment } = cloud;
  const url = new URL(`${entra.loginUrl}/${azure.tenantId}/oauth2/v2.0/authorize`);
  const query = {
    client_id: deployment.registration.clientId,
    redirect_uri: `${deployment.webUrl}/sign-in/return`,
    response_type: 'code',
    scope: 'openid profile',
    code_challenge_method: 'S256',
    code_challenge: 'x'.repeat(43),
    state: 'a state',
    nonce: 'a nonce',
  };
  Object.entries(query).forEach(([name, value]) => url.searchParams.set(name, value));
  return url.href;
}

/** What the fixture's page saw of a request. */
interface Seen {
  readonly url: string;
  readonly cookie: string | null;
}

test('it is where the settings say', () => {
  expect(host.url).toBe(cloud.deployment.webUrl);
});

test('whoever picks an account comes back from another site, and lax cookies come along', async () => {
  const page = await browser.openPage();
  await page.goto(cloud.deployment.webUrl);
  await page.goto(authorizeUrl());
  await browser.screenshot(page, 'sign-in');
  await pickAccount(page, 'An approver');
  const seen = JSON.parse((await page.locator('body').textContent()) ?? '') as Seen;
  const url = new URL(seen.url);
  expect(url.origin + url.pathname).toBe(`${cloud.deployment.webUrl}/sign-in/return`);
  expect(url.searchParams.get('state')).toBe('a state');
  expect(url.searchParams.get('code')).not.toBeNull();
  expect(seen.cookie).toContain('__Host-session=a.b-c_d');
  await page.context().close();
});

test.each(['light', 'dark'] as const)('everybody can use the page of accounts, %s', async (colorScheme) => {
  const page = await browser.openPage({ colorScheme });
  await page.goto(authorizeUrl());
  expect(await page.getByRole('list', { name: 'Accounts' }).getByRole('button').allInnerTexts()).toEqual([
    expect.stringContaining('An approver') as string,
    expect.stringContaining('Nobody <b>') as string,
  ]);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  await page.context().close();
});
