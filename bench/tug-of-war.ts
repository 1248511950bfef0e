import { setTimeout } from 'node:timers/promises';
import type { StorageManagementClient } from '@azure/arm-storage';
import type { Deployed, KnownAccount } from '../test/e2e/deployed.ts';
import { clientOfPerson, group, propertiesOf } from '../test/e2e/deployed.ts';
import { entriesOf } from '../test/e2e/records.ts';
import { duration, median, percentile, print } from './figures.ts';
import { startWithBudgetLatency } from './scenario.ts';

/** Writes that Azure Storage takes in an hour, in one subscription and region. */
const writesAnHour = 1_200;
/** Pause between two looks of the attacker's script, and of ours at the clock. */
const sampleMs = 50;
const attackMinutes = Number(process.env.LEAKSTOP_BENCH_MINUTES ?? 10);

/** One attack: accounts that are opened again and again, and drifts that the attacker opens before, elsewhere. */
interface Attack {
  readonly name: string;
  readonly accounts: number;
  readonly elsewhere: number;
}

const attacks: readonly Attack[] = [
  { name: '1 account', accounts: 1, elsewhere: 0 },
  { name: '10 accounts', accounts: 10, elsewhere: 0 },
  { name: '100 accounts', accounts: 100, elsewhere: 0 },
  { name: '10 accounts, 200 openings elsewhere first', accounts: 10, elsewhere: 200 },
];

/** The history of one account under attack. */
interface Watched {
  readonly account: KnownAccount;
  openings: number;
  closings: number;
  openMs: number;
  openedAt: number | undefined;
  longestMs: number;
  isWriting: boolean;
}

/** An attacker whose script opens each account again as soon as it is closed, while a colleague opens one by mistake. */
export async function benchTugOfWar(): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const attack of attacks) {
    rows.push(await play(attack));
  }
  print(
    [
      `Tug-of-war, ${attackMinutes} min`,
      'openings',
      'closed',
      'open, median',
      'open, most',
      'longest open',
      'a colleague’s',
      'reads',
      'writes',
      '429',
      `left of ${writesAnHour}`,
      'of those the attacker’s',
      'told',
    ],
    rows,
  );
}

async function play(attack: Attack): Promise<(string | number)[]> {
  const deployed = await startWithBudgetLatency(attack.accounts + attack.elsewhere + 1);
  try {
    const attacker = deployed.person;
    for (let count = 0; count < attack.elsewhere; count += 1) {
      void open(attacker, deployed.nextAccount(), elsewhere).catch(() => undefined);
    }
    const targets = Array.from({ length: attack.accounts }, () => watch(deployed.nextAccount()));
    const victim = watch(deployed.nextAccount());
    const startedAt = performance.now();
    const end = startedAt + attackMinutes * 60_000;
    const middle = startedAt + attackMinutes * 30_000;
    const colleague = clientOfPerson(deployed.cloud, deployed.subscription);
    for (let now = startedAt; now < end; now = performance.now()) {
      targets.forEach((target) => {
        sample(deployed, target, now);
        openAgain(attacker, target);
      });
      sample(deployed, victim, now);
      if (now >= middle && victim.openings === 0) {
        openAgain(colleague, victim);
      }
      await setTimeout(sampleMs);
    }
    return await figures(attack, deployed, { targets, victim, ms: performance.now() - startedAt });
  } finally {
    await deployed.stop();
  }
}

const severe = { allowBlobPublicAccess: true };
const elsewhere = { allowBlobPublicAccess: true, minimumTlsVersion: 'TLS1_0' };

async function open(
  client: StorageManagementClient,
  { name }: KnownAccount,
  change: typeof severe | typeof elsewhere,
): Promise<void> {
  await client.storageAccounts.update(group, name, change);
}

function watch(account: KnownAccount): Watched {
  return {
    account,
    openings: 0,
    closings: 0,
    openMs: 0,
    openedAt: undefined,
    longestMs: 0,
    isWriting: false,
  };
}

function sample(deployed: Deployed, target: Watched, now: number): void {
  const isOpen = propertiesOf(deployed, target.account.id).allowBlobPublicAccess === true;
  if (isOpen && target.openedAt === undefined) {
    target.openedAt = now;
    target.openings += 1;
  } else if (!isOpen && target.openedAt !== undefined) {
    noteOpen(target, now);
    target.closings += 1;
    target.openedAt = undefined;
  }
}

function noteOpen(target: Watched, now: number): void {
  const ms = now - (target.openedAt ?? now);
  target.openMs += ms;
  target.longestMs = Math.max(target.longestMs, ms);
}

/** Opens an account that is closed, unless a write is under way. A refusal is answered by the next sample. */
function openAgain(client: StorageManagementClient, target: Watched): void {
  if (target.openedAt !== undefined || target.isWriting) {
    return;
  }
  target.isWriting = true;
  void open(client, target.account, severe)
    .catch(() => undefined)
    .finally(() => {
      target.isWriting = false;
    });
}

/** The two sides when the attack ends. */
interface Played {
  readonly targets: readonly Watched[];
  readonly victim: Watched;
  readonly ms: number;
}

async function figures(
  { name }: Attack,
  deployed: Deployed,
  { targets, victim, ms }: Played,
): Promise<(string | number)[]> {
  const { accounting } = deployed.cloud.azure;
  const now = performance.now();
  targets.filter(({ openedAt }) => openedAt !== undefined).forEach((target) => noteOpen(target, now));
  const shares = targets.map(({ openMs }) => (100 * openMs) / ms);
  const sum = (of: (target: Watched) => number) => targets.reduce((total, each) => total + of(each), 0);
  const calls = ['leakstop-observe', 'leakstop-remediate'].flatMap((caller) => accounting.calls({ caller }));
  const isWrite = ({ method, status }: { method: string; status: number }) =>
    method !== 'GET' && method !== 'POST' && status < 400;
  const ours = calls.filter(isWrite).length;
  const theirs = accounting.calls({ caller: 'a-person' }).filter(isWrite).length;
  const entries = await entriesOf(deployed.cloud, deployed.subscription);
  const told = entries.filter(({ kind }) => kind === 'case-escalated' || kind === 'decision-requested');
  return [
    name,
    sum(({ openings }) => openings),
    `${
      Math.round(
        (1_000 * sum(({ closings }) => closings)) /
          Math.max(
            1,
            sum(({ openings }) => openings),
          ),
      ) / 10
    } %`,
    `${Math.round(median(shares))} %`,
    `${Math.round(percentile(shares, 1))} %`,
    duration(Math.max(...targets.map(({ longestMs }) => longestMs))),
    victim.closings === 0 ? 'open' : duration(victim.longestMs),
    calls.filter(({ method }) => method === 'GET').length,
    ours,
    calls.filter(({ status }) => status === 429).length,
    Math.max(0, writesAnHour - ours),
    theirs,
    told.length,
  ];
}
