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
  await browser?.close();
  await deployed?.stop();
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
  const card = await eventually('a card asks', () => cardsAbout(name)[0]);
  return /"url":"([^"]+)"/.exec(card)?.[1] ?? expect.fail('the card has no link');
}

const kinds = async (id: string) => (await entriesAbout(deployed.cloud, id)).map(({ kind }) => kind);

test('asked in Teams, approved on the page, applied, and the channel hears of it', async () => {
  const { id, name } = await asked();
  const link = await linkTo(name);
  const page = await browser.openPage();
  await page.goto(link);
  await pickAccount(page, 'approver');
  await page.getByRole('button', { name: /approve/i }).first().click();
  await becomes(deployed, id, 'minimumTlsVersion', 'TLS1_2');
  await settled(deployed);
  expect(await kinds(id)).toContain('case-closed');
  await runFunction(deployed.host, 'send-notices');
  await eventually('the channel hears of it', () => cardsAbout(name).length >= 2);
});
