import { writeBehindOurBack } from '../outage/writes.ts';
import type { Verdict } from '../outage/verdict.ts';
import { judge } from '../outage/verdict.ts';
import type { Deployed } from './deployed.ts';
import { becomes, settled } from './deployed.ts';

export interface StormResult extends Verdict {
  readonly events: number;
  readonly accounts: number;
  readonly reads: number;
  readonly writes: number;
  /** Answers 429. */
  readonly throttled: number;
  /** From the first event until nothing was left to do. */
  readonly milliseconds: number;
}

/**
 * Events on all accounts in turn, as fast as they can be published; every other account opens with its first one. They
 * are published as Event Grid would after real writes, which would themselves be throttled to a few a second.
 */
export async function playStorm(deployed: Deployed, events: number): Promise<StormResult> {
  const { accounts, cloud } = deployed;
  cloud.azure.accounting.reset();
  const startedAt = performance.now();
  for (let event = 0; event < events; event += 1) {
    const index = event % accounts.length;
    const target = accounts[index];
    if (target !== undefined) {
      const opens = event === index && index % 2 === 0;
      writeBehindOurBack(deployed, target, opens ? { allowBlobPublicAccess: true } : undefined);
    }
  }
  await Promise.all(accounts.map(({ id }) => becomes(deployed, id, 'allowBlobPublicAccess', false)));
  await settled(deployed);
  const calls = ['leakstop-observe', 'leakstop-remediate'].flatMap((caller) =>
    cloud.azure.accounting.calls({ caller }),
  );
  return {
    ...(await judge(deployed)),
    events,
    accounts: accounts.length,
    reads: calls.filter(({ method }) => method === 'GET').length,
    writes: calls.filter(({ method }) => method !== 'GET').length,
    throttled: calls.filter(({ status }) => status === 429).length,
    milliseconds: performance.now() - startedAt,
  };
}
