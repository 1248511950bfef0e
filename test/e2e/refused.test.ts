import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { TestBrowser } from '../support/browser.ts';
import { openBrowser, pickAccount } from '../support/browser.ts';
import { credentialOf } from '../../sandbox/deploy.ts';
import type { Deployed, KnownAccount } from './deployed.ts';
import { becomes, callsOf, group, propertiesOf, settled, startDeployed } from './deployed.ts';
import { eventually } from './eventually.ts';
import { entriesAbout } from './records.ts';

let deployed: Deployed;
let browser: TestBrowser;

beforeAll(async () => {
  deployed = await startDeployed({ accounts: 4 });
  await deployed.startWeb();
  deployed.cloud.addPerson({ displayName: 'operator', roles: ['Leakstop.Operator'], groups: [] });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await deployed.stop();
});
afterEach(() => deployed.cloud.faults.clear());

const lockOf = ({ id }: KnownAccount) => `${id}/providers/Microsoft.Authorization/locks/ro`;

/** Calls Resource Manager as the operator of the sandbox. */
async function arm(method: string, path: string, body?: object): Promise<number> {
  const { azure } = deployed.cloud;
  const credential = credentialOf(azure, azure.operator, 'https://management.azure.com');
  const token = (await credential.getToken(''))?.token ?? '';
  const response = await fetch(`${azure.armUrl}${path}?api-version=2020-05-01`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.status;
}

/** Somebody opens an account and locks it before Leakstop hears of either. */
async function openAndLock(): Promise<KnownAccount> {
  const account = deployed.nextAccount();
  const { faults, eventGrid } = deployed.cloud;
  const latency = { kind: 'latency', milliseconds: 3_600_000 } as const;
  const slow = faults.add({ target: 'event-grid', effect: latency });
  await deployed.person.storageAccounts.update(group, account.name, {
    allowBlobPublicAccess: true,
    minimumTlsVersion: 'TLS1_0',
  });
  faults.remove(slow);
  const lost = faults.add({ target: 'event-grid', effect: { kind: 'lose' } });
  expect(await arm('PUT', lockOf(account), { properties: { level: 'ReadOnly' } })).toBeLessThan(300);
  faults.remove(lost);
  await eventGrid.flush();
  await eventually('the lock holds both drifts', async () => (await heldAbout(account)).length === 2);
  expect((await heldAbout(account))[0]?.body.payload).toMatchObject({
    reason: 'locked',
    refusal: { by: 'lock', scopes: [expect.stringMatching(new RegExp(`${account.name}$`, 'i')) as string] },
  });
  expect(callsOf(deployed, account.id).writes).toBe(1);
  expect(propertiesOf(deployed, account.id).allowBlobPublicAccess).toBe(true);
  return account;
}

const heldAbout = async ({ id }: KnownAccount) =>
  (await entriesAbout(deployed.cloud, id)).filter(({ kind }) => kind === 'case-held');

test('a lock that is deleted ends what it held, at once', async () => {
  const account = await openAndLock();
  expect(await arm('DELETE', lockOf(account))).toBeLessThan(300);
  await becomes(deployed, account.id, 'allowBlobPublicAccess', false);
  await becomes(deployed, account.id, 'minimumTlsVersion', 'TLS1_2');
  await settled(deployed);
});

test('where that event is lost, whoever asks for a look ends it', async () => {
  const account = await openAndLock();
  await settled(deployed);
  deployed.cloud.faults.add({ target: 'event-grid', effect: { kind: 'lose' } });
  expect(await arm('DELETE', lockOf(account))).toBeLessThan(300);
  const page = await browser.openPage();
  await page.goto(`${deployed.cloud.deployment.webUrl}/look`);
  await pickAccount(page, 'operator');
  await page.getByLabel('Id of the resource').fill(account.id);
  await page.getByRole('button', { name: 'Look now' }).click();
  await page.getByText('A look was asked for').waitFor();
  await becomes(deployed, account.id, 'allowBlobPublicAccess', false);
  const asked = await eventually('the ledger says who asked', async () =>
    (await entriesAbout(deployed.cloud, account.id)).find(({ kind }) => kind === 'case-reconsidered'),
  );
  expect(asked.body.payload).toMatchObject({ askedBy: { name: 'operator' } });
});
