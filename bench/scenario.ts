import type { Deployed, KnownAccount } from '../test/e2e/deployed.ts';
import { becomes, callsOf, group, settled, startDeployed } from '../test/e2e/deployed.ts';
import { entriesAbout } from '../test/e2e/records.ts';

/** The cost of several samples of one scenario. */
export interface Sample {
  readonly reads: number;
  readonly writes: number;
  /**
   * Time from the event, when Azure had done the write, to the entry that closes the case. Undefined if none does.
   */
  readonly closedInMs: number | undefined;
}

/** The sandbox as the budgets define it: reads of 100 ms, writes of 300 ms, the shipped `host.json`. */
export const startWithBudgetLatency = (accounts: number): Promise<Deployed> =>
  startDeployed({ accounts, latency: { reads: 100, writes: 300 } });

const open = { allowBlobPublicAccess: true } as const;
const openThrice = { ...open, enableHttpsTrafficOnly: false, minimumTlsVersion: 'TLS1_0' } as const;

/** Somebody opens an account; waits until nothing is left to do. */
export async function sampleDrift(
  deployed: Deployed,
  target: KnownAccount,
  change: typeof open | typeof openThrice = open,
): Promise<Sample> {
  deployed.cloud.azure.accounting.reset();
  let writtenAt = 0;
  deployed.cloud.azure.arm.onOperation(({ resourceId, time }) => {
    if (writtenAt === 0 && resourceId.toLowerCase() === target.id.toLowerCase()) {
      writtenAt = time.getTime();
    }
  });
  await deployed.person.storageAccounts.update(group, target.name, change);
  await becomes(deployed, target.id, 'allowBlobPublicAccess', false);
  await settled(deployed);
  const entries = await entriesAbout(deployed.cloud, target.id);
  const closed = entries.filter(({ kind }) => kind === 'case-closed').at(-1);
  return {
    ...callsOf(deployed, target.id),
    closedInMs: closed === undefined ? undefined : Date.parse(closed.time) - writtenAt,
  };
}

export const sampleThreeDrifts = (deployed: Deployed, target: KnownAccount): Promise<Sample> =>
  sampleDrift(deployed, target, openThrice);

/** A write that opens nothing. */
export async function sampleInSync(deployed: Deployed, target: KnownAccount): Promise<Sample> {
  deployed.cloud.azure.accounting.reset();
  await deployed.person.storageAccounts.update(group, target.name, { tags: { team: 'somebody' } });
  await settled(deployed);
  return { ...callsOf(deployed, target.id), closedInMs: undefined };
}

/** The calls that nine more deliveries of each event cost. */
export async function sampleDuplicates(deployed: Deployed, target: KnownAccount): Promise<Sample> {
  deployed.cloud.eventGrid.disturb({ copies: 10 });
  const sample = await sampleDrift(deployed, target);
  deployed.cloud.eventGrid.disturb({});
  return sample;
}

/** Calls for the event of our own write: everything that was called after the drift was closed. */
export async function sampleEcho(deployed: Deployed, target: KnownAccount): Promise<Sample> {
  // The echo comes a second later, when everything else is over.
  deployed.cloud.eventGrid.disturb({ delayMs: [1_500, 1_500] });
  await deployed.person.storageAccounts.update(group, target.name, open);
  await becomes(deployed, target.id, 'allowBlobPublicAccess', false);
  await new Promise((resolve) => setTimeout(resolve, 700));
  deployed.cloud.azure.accounting.reset();
  await settled(deployed);
  deployed.cloud.eventGrid.disturb({});
  return { ...callsOf(deployed, target.id), closedInMs: undefined };
}
