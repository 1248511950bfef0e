import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credentialOf } from '../../sandbox/deploy.ts';
import { systemClock } from '../../shared/clock.ts';
import { openRecords } from '../../shared/records/open-records.ts';
import { run } from '../cli/run.ts';
import { ManualClock } from '../support/manual-clock.ts';
import type { Deployed, KnownAccount } from './deployed.ts';
import { becomes, group, runFunction, settled, startDeployed } from './deployed.ts';
import { eventually } from './eventually.ts';
import { entriesAbout, rowsOf } from './records.ts';

let deployed: Deployed;

beforeAll(async () => {
  deployed = await startDeployed({ accounts: 2 });
});
afterAll(() => deployed.stop());

/** Somebody opens an account, and Leakstop closes it. */
async function leakIsClosed(account: KnownAccount): Promise<void> {
  await deployed.person.storageAccounts.update(group, account.name, { allowBlobPublicAccess: true });
  await becomes(deployed, account.id, 'allowBlobPublicAccess', false);
  await eventually('the case is closed', async () =>
    (await entriesAbout(deployed.cloud, account.id)).some(({ kind }) => kind === 'case-closed'),
  );
  await settled(deployed);
}

async function checkpoints(): Promise<readonly string[]> {
  const { azure, storage } = deployed.cloud;
  const service = new BlobServiceClient(storage.urls.blobs, credentialOf(azure, azure.operator));
  const names: string[] = [];
  for await (const { name } of service
    .getContainerClient('checkpoints')
    .listBlobsFlat({ prefix: 'checkpoints/' })) {
    names.push(name);
  }
  return names;
}

test('somebody erases beside the running service, which goes on: the next leak is closed, and a checkpoint is written', async () => {
  const { cloud, subscription, host } = deployed;
  const account = deployed.nextAccount();
  await leakIsClosed(account);
  const sequences = (await entriesAbout(cloud, account.id)).map(({ sequence }) => String(sequence));
  const { tables, blobs } = cloud.storage.urls;
  const inTwoMonths = new ManualClock(new Date(Date.now() + 60 * 86_400_000).toISOString());
  const line = ['ledger', 'erase', '--tables', tables, '--blobs', blobs, '--chain', subscription];
  const why = ['--retention-days', '30', '--reason', 'asked', '--authority', 'officer'];
  const ended = await run([...line, '--sequence', ...sequences, ...why], {
    clock: inTwoMonths,
    openRecords: (endpoints) =>
      openRecords(
        endpoints,
        () => Promise.resolve(credentialOf(cloud.azure, cloud.azure.operator)),
        systemClock,
      ),
  });
  expect(ended).toMatchObject({ code: 0 });
  const erased = (await rowsOf(cloud, 'ledger', subscription)).filter(({ bodyIn }) => bodyIn === 'erased');
  expect(erased).toHaveLength(sequences.length);
  await leakIsClosed(deployed.nextAccount());
  const before = (await checkpoints()).length;
  await runFunction(host, 'write-checkpoint');
  await eventually('there is a checkpoint more', async () => (await checkpoints()).length > before, 100);
  const { url, functionKey } = host;
  const health = await fetch(`${url}/api/health`, { headers: { 'x-functions-key': functionKey } });
  expect([health.status, await health.json()]).toEqual([200, { role: 'worker', state: 'running' }]);
});
