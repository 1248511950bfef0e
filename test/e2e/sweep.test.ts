import { afterAll, beforeAll, expect, test } from 'vitest';
import { container } from '../support/estate.ts';
import type { Deployed } from './deployed.ts';
import { callsOf, group, propertiesOf, runFunction, settled, startDeployed } from './deployed.ts';
import { eventually } from './eventually.ts';
import { entriesAbout, entriesOf } from './records.ts';

let deployed: Deployed;

beforeAll(async () => {
  deployed = await startDeployed({ accounts: 3 });
});
afterAll(() => deployed.stop());

const completed = async () =>
  (await entriesOf(deployed.cloud, 'service')).filter(({ kind }) => kind === 'sweep-completed');

/** One whole sweep. Its end is asked for more often than the timer does. */
async function sweep() {
  const before = (await completed()).length;
  await runFunction(deployed.host, 'sweep-subscriptions');
  const entry = await eventually(
    'the sweep completes',
    async () => {
      await runFunction(deployed.host, 'resume-sweep');
      return (await completed())[before];
    },
    500,
  );
  await settled(deployed);
  return entry;
}

test('what lost events did not tell is asked about within one sweep, and the next one has nothing to add', async () => {
  const lost = deployed.nextAccount();
  const untouched = deployed.nextAccount();
  deployed.cloud.eventGrid.disturb({ lossRate: 1 });
  await deployed.person.storageAccounts.update(group, lost.name, { allowBlobPublicAccess: true });
  deployed.cloud.eventGrid.disturb({});
  // On the data plane: Resource Manager raises no event for it, lost or not.
  const opened = container(deployed.openAccount.id, 'models', 'Container');
  deployed.cloud.azure.arm.state.load(opened);
  deployed.cloud.azure.accounting.reset();

  const first = await sweep();
  const kinds = async (id: string) => (await entriesAbout(deployed.cloud, id)).map(({ kind }) => kind);
  expect(await kinds(lost.id)).toEqual(['case-opened', 'decision-requested']);
  expect(await kinds(opened.id)).toEqual(['case-opened', 'decision-requested']);
  expect(propertiesOf(deployed, lost.id)).toMatchObject({ allowBlobPublicAccess: true });
  expect(callsOf(deployed, lost.id).writes).toBe(0);
  expect(callsOf(deployed, untouched.id)).toEqual({ reads: 0, writes: 0 });
  expect(first.body.payload.subscriptions).toMatchObject([
    {
      subscription: deployed.subscription,
      isCovered: true,
      resources: { 'microsoft.storage/storageaccounts': 4 },
      looks: 2,
      unreadable: [],
    },
  ]);

  const entries = await entriesOf(deployed.cloud, deployed.subscription);
  await sweep();
  expect(await entriesOf(deployed.cloud, deployed.subscription)).toEqual(entries);
});
