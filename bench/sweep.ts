import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cloud } from '../sandbox/cloud.ts';
import { startCloud } from '../sandbox/cloud.ts';
import { account, newSubscription } from '../test/support/estate.ts';
import { messagesIn } from '../test/e2e/records.ts';
import { duration, print } from './figures.ts';

const subscriptions = 4;

/** Measures the sweep of an estate in sync, and of one in which a hundredth drifts newly. */
export async function benchSweep(resources = 10_000): Promise<void> {
  const rows = [
    await sweepEstate(`${resources} resources in sync`, resources, 0),
    await sweepEstate(`${resources} resources, 1 % new drift`, resources, 100),
  ];
  print(
    ['Sweep', 'Resource Graph', 'other ARM calls', 'looks on the queue', '429', 'walk', 'peak memory'],
    rows,
  );
}

/** Every `every`-th account drifts; none for 0. */
async function sweepEstate(title: string, resources: number, every: number): Promise<(string | number)[]> {
  const directory = await mkdtemp(join(tmpdir(), 'leakstop-bench-'));
  const ids = Array.from({ length: subscriptions }, newSubscription);
  const estate = Array.from({ length: resources }, (_, index) =>
    account(
      ids[index % subscriptions] ?? '',
      `account${index}`,
      every > 0 && Math.floor(index / subscriptions) % every === 0 ? { minimumTlsVersion: 'TLS1_0' } : {},
    ),
  );
  const cloud = await startCloud({ directory, repository: process.cwd(), subscriptions: ids, estate });
  try {
    cloud.azure.accounting.reset();
    const { outcome, milliseconds, peakMemory } = await sweepOnce(cloud);
    if (outcome === 'walking') {
      throw new Error('The sweep did not get through');
    }
    const calls = cloud.azure.accounting.calls({ caller: 'leakstop-observe' });
    const graph = calls.filter(({ path }) => path.includes('Microsoft.ResourceGraph'));
    return [
      title,
      graph.length,
      calls.length - graph.length,
      await messagesIn(cloud, 'reconcile'),
      calls.filter(({ status }) => status === 429).length,
      duration(milliseconds),
      `${Math.round(peakMemory / 2 ** 20)} MiB`,
    ];
  } finally {
    await cloud.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Sweep {
  readonly outcome: string;
  readonly milliseconds: number;
  /** In bytes. */
  readonly peakMemory: number;
}

async function sweepOnce({ deployment }: Cloud): Promise<Sweep> {
  const script = join(import.meta.dirname, 'sweep-process.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    env: { ...process.env, ...deployment.settings('worker') },
  });
  return JSON.parse(stdout) as Sweep;
}
