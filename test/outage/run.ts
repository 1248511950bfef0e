import { setTimeout } from 'node:timers/promises';
import type { Fault } from '../../sandbox/faults.ts';
import type { Deployed } from '../e2e/deployed.ts';
import { propertiesOf, startDeployed } from '../e2e/deployed.ts';
import { messagesIn } from '../e2e/records.ts';
import type { Verdict } from './verdict.ts';
import { judge } from './verdict.ts';
import { writeBehindOurBack } from './writes.ts';

/** What goes away. */
export type Dependency = 'arm' | 'identity' | 'tables' | 'queues' | 'blobs';

export interface OutagePlan {
  readonly dependency: Dependency;
  readonly events: number;
  readonly accounts: number;
  /** How long it is away, in simulated minutes. */
  readonly minutes: number;
}

export interface OutageResult extends Verdict {
  readonly plan: OutagePlan;
  readonly reads: number;
  readonly writes: number;
  /** Simulated minutes from the end of the outage until the last account was closed. */
  readonly recoveryInMinutes: number;
  /** Simulated minutes from opening to closure, of each account, ascending. */
  readonly closuresInMinutes: readonly number[];
}

/** Attempts to deliver may be hours apart when they have failed for an hour. */
const patienceInMinutes = 60;

/**
 * Plays one outage. Runs in a process of its own in which time passes faster, and so do the processes that it starts.
 */
async function play(plan: OutagePlan): Promise<OutageResult> {
  const deployed = await startDeployed({ accounts: plan.accounts, environment: compressed() });
  try {
    const openedAt = await duringOutage(deployed, plan);
    const endedAt = Date.now();
    const closedAt = await closures(deployed, openedAt, endedAt + patienceInMinutes * 60_000);
    await untilQuiet(deployed, Date.now() + patienceInMinutes * 60_000);
    const minutes = [...closedAt].map(([id, at]) => (at - (openedAt.get(id) ?? at)) / 60_000);
    const totals = ['leakstop-observe', 'leakstop-remediate'].map((caller) =>
      deployed.cloud.azure.accounting.totals({ caller }),
    );
    return {
      plan,
      ...(await judge(deployed)),
      reads: totals.reduce((sum, { reads }) => sum + reads, 0),
      writes: totals.reduce((sum, { writes }) => sum + writes, 0),
      recoveryInMinutes: (Math.max(endedAt, ...closedAt.values()) - endedAt) / 60_000,
      closuresInMinutes: minutes.sort((one, other) => one - other),
    };
  } finally {
    await deployed.stop();
  }
}

/** The variables of compressed time, which every process of the cloud needs too. */
function compressed(): Record<string, string> {
  const names = ['NODE_OPTIONS', 'SANDBOX_TIME_FACTOR', 'SANDBOX_TIME_ORIGIN'];
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? '']));
}

/** Events arrive all the while, spread evenly; the first one of each account opens it. */
async function duringOutage(deployed: Deployed, plan: OutagePlan): Promise<Map<string, number>> {
  const { faults } = deployed.cloud;
  const ids = faultsOf(plan.dependency).map((fault) => faults.add(fault));
  if (plan.dependency === 'identity') {
    // A token lasts a day: only a worker that starts now needs one.
    await deployed.host.kill();
    await deployed.host.whenReady();
  }
  const openedAt = new Map<string, number>();
  const startedAt = Date.now();
  for (let event = 0; event < plan.events; event += 1) {
    const target = deployed.accounts[event % plan.accounts];
    if (target !== undefined) {
      const isFirst = !openedAt.has(target.id);
      writeBehindOurBack(deployed, target, isFirst ? { allowBlobPublicAccess: true } : undefined);
      openedAt.set(target.id, openedAt.get(target.id) ?? Date.now());
    }
    await until(startedAt + ((event + 1) / plan.events) * plan.minutes * 60_000);
  }
  ids.forEach((id) => faults.remove(id));
  return openedAt;
}

/** Half of what away means: connections that break, and answers that say so. */
function faultsOf(dependency: Dependency): Fault[] {
  return dependency === 'arm' || dependency === 'tables'
    ? [{ target: dependency, effect: { kind: 'status', status: 503 } }]
    : [{ target: dependency, effect: { kind: 'reset-before' } }];
}

/** When each account was closed; what is not closed in time is missing. */
async function closures(
  deployed: Deployed,
  openedAt: ReadonlyMap<string, number>,
  limit: number,
): Promise<Map<string, number>> {
  const closedAt = new Map<string, number>();
  while (closedAt.size < openedAt.size && Date.now() < limit) {
    for (const id of openedAt.keys()) {
      if (!closedAt.has(id) && propertiesOf(deployed, id).allowBlobPublicAccess === false) {
        closedAt.set(id, Date.now());
      }
    }
    await setTimeout(5_000);
  }
  return closedAt;
}

/** Until every event is delivered and no message waits. */
async function untilQuiet({ cloud }: Deployed, limit: number): Promise<void> {
  const isBusy = async (): Promise<boolean> =>
    cloud.eventGrid.stats().waiting > 0 || (await messagesIn(cloud, 'reconcile')) > 0;
  while ((await isBusy()) && Date.now() < limit) {
    await setTimeout(30_000);
  }
}

async function until(time: number): Promise<void> {
  const left = time - Date.now();
  if (left > 0) {
    await setTimeout(left);
  }
}

if (import.meta.main) {
  const result = await play(JSON.parse(process.argv[2] ?? '{}') as OutagePlan);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}
