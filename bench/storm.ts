import type { Dependency, OutageResult } from '../test/outage/run.ts';
import { playOutage } from '../test/outage/outage.ts';
import { playStorm } from '../test/e2e/storm.ts';
import { duration, median, percentile, print } from './figures.ts';
import { startWithBudgetLatency } from './scenario.ts';

/** Sends 1,000 events on 20 accounts, half of which open. */
export async function benchStorm(): Promise<void> {
  const deployed = await startWithBudgetLatency(20);
  try {
    const storm = await playStorm(deployed, 1_000);
    print(
      ['Storm', 'reads', 'writes', '429', 'reads/account', 'closed', 'open', 'poisoned', 'until quiet'],
      [
        [
          `${storm.events} events on ${storm.accounts} accounts`,
          storm.reads,
          storm.writes,
          storm.throttled,
          (storm.reads / storm.accounts).toFixed(1),
          storm.closedCases,
          storm.stillOpen,
          storm.poisoned + storm.givenUp,
          duration(storm.milliseconds),
        ],
      ],
    );
  } finally {
    await deployed.stop();
  }
}

/**
 * Factor by which time passes faster. At 60 the machine's own slowness already looks like an outage: a time limit of
 * 10 s leaves 170 ms.
 */
const factor = 24;

/** Takes each dependency away for an hour while 1,000 events arrive. */
export async function benchOutage(): Promise<void> {
  const results: OutageResult[] = [];
  for (const dependency of ['arm', 'identity', 'tables', 'queues', 'blobs'] as const satisfies Dependency[]) {
    const plan = { dependency, events: 1_000, accounts: 20, minutes: 60 };
    results.push(await playOutage(plan, factor));
  }
  print(
    [
      'An hour without',
      'events',
      'reads',
      'writes',
      'closed',
      'lost',
      'poisoned',
      'median',
      'p95',
      'afterwards',
    ],
    results.map((result) => [
      result.plan.dependency,
      result.plan.events,
      result.reads,
      result.writes,
      `${result.closedCases} of ${result.plan.accounts}`,
      result.stillOpen + result.undelivered + result.ledgerProblems.length,
      result.poisoned + result.givenUp,
      result.waiting,
      duration(median(result.closuresInMinutes) * 60_000),
      duration(percentile(result.closuresInMinutes, 0.95) * 60_000),
      duration(result.recoveryInMinutes * 60_000),
    ]),
  );
}
