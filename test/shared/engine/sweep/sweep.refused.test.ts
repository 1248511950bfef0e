import { beforeEach, describe, expect, it } from 'vitest';
import { catalogue } from '../../../../remediators/index.ts';
import type { Observer } from '../../../../shared/contract/observer.ts';
import { storageAccountRoot } from '../../../../shared/azure/observers/storage-account.ts';
import type { GraphPage, ResourceGraph } from '../../../../shared/azure/resource-graph.ts';
import type { Engine } from '../../../../shared/engine/engine.ts';
import type { SweepOutcome } from '../../../../shared/engine/sweep/sweep.ts';
import type { SweepParts } from '../../../../shared/engine/sweep/sweep-parts.ts';
import { beginSweep, resumeSweep } from '../../../../shared/engine/sweep/sweep.ts';
import type { ErrorCode } from '../../../../shared/errors.ts';
import { RemediationError } from '../../../../shared/errors.ts';
import type { NewEntry, Unit } from '../../../../shared/ledger/ledger.ts';
import { openLedger } from '../../../../shared/ledger/open-ledger.ts';
import { defaultPolicy } from '../../../../shared/policy/policy.ts';
import { openSweepStore } from '../../../../shared/work/sweep-store.ts';
import { account, newSubscription } from '../../../support/estate.ts';
import { MemoryTable } from '../../../support/memory-table.ts';
import type { TestTime } from '../../../support/sweep-world.ts';
import { createTestTime, TestQueue } from '../../../support/sweep-world.ts';

const subscription = newSubscription();
const pageSize = 2;
/** Four pages, with drift everywhere. */
const estate = Array.from({ length: 8 }, (_, number) =>
  account(subscription, `account${number}`, { minimumTlsVersion: 'TLS1_0' }),
);
const ids = estate.map(({ id }) => id);

let time: TestTime;
let queue: TestQueue;
let calls: (string | undefined)[];
let refuse: (after: string | undefined) => ErrorCode | undefined;
let parts: SweepParts;
let told: NewEntry[];

beforeEach(() => {
  time = createTestTime();
  queue = new TestQueue(time);
  calls = [];
  told = [];
  refuse = () => undefined;
  const graph: ResourceGraph = { page: ({ query, after }) => pageOf(query, after) };
  const ledger = openLedger({
    table: new MemoryTable().client(),
    bodies: { putBody: () => Promise.reject(new Error()), getBody: () => Promise.resolve(undefined) },
    clock: time,
  });
  const engine = {
    remediators: catalogue,
    observers: [{ ...storageAccountRoot, wantsAllChildren: () => false } as unknown as Observer],
    ledger: {
      ...ledger,
      append: (unit: Unit) => {
        told.push(...unit.entries);
        return ledger.append(unit);
      },
    },
    policy: defaultPolicy,
    clock: time,
    logger: { information: () => undefined, warning: () => undefined, error: () => undefined },
  } as unknown as Engine;
  const sweeps = openSweepStore(new MemoryTable().client(), time);
  parts = { engine, queue, graph, sweeps, subscriptions: [subscription] };
});

async function pageOf(query: string, after: string | undefined): Promise<GraphPage> {
  if (!query.includes('storageaccounts')) {
    return { rows: [], next: undefined };
  }
  calls.push(after);
  await time.sleep(1_000);
  const code = refuse(after);
  if (code !== undefined) {
    throw new RemediationError(code, 'No page');
  }
  const start = Number(after ?? 0);
  const end = start + pageSize;
  return { rows: estate.slice(start, end), next: end < estate.length ? String(end) : undefined };
}

/** What the timers do, until the sweep is completed; how often they had to. */
async function sweep(): Promise<number> {
  let outcome: SweepOutcome = await beginSweep(parts);
  let count = 1;
  for (; outcome !== 'completed' && count < 100; count += 1) {
    await time.sleep(60_000);
    outcome = await resumeSweep(parts);
  }
  expect(outcome).toBe('completed');
  return count;
}

const coverages = () =>
  told.map(({ kind, body }) => [kind, (body.payload as { subscriptions: unknown }).subscriptions]);
const looks = () => queue.sent.map(({ root }) => root);

describe('a page that is refused', () => {
  it.each(['request-refused', 'malformed-input'] as const)(
    'for good (%s) is asked for twice, and then the sweep says that it stops there',
    async (code) => {
      refuse = (after) => (after === '4' ? code : undefined);
      await sweep();
      expect(calls).toEqual([undefined, '2', '4', undefined, '2', '4']);
      expect(looks()).toEqual(ids.slice(0, 4));
      expect(coverages()).toMatchObject([
        [
          'sweep-completed',
          [
            {
              isCovered: false,
              failure: { code },
              resources: { 'microsoft.storage/storageaccounts': 4 },
              looks: 4,
            },
          ],
        ],
      ]);
    },
  );

  it('once is passed by the second walk, which counts everything and looks at everything once', async () => {
    refuse = (after) => (after === '4' && calls.length < 4 ? 'request-refused' : undefined);
    await sweep();
    expect(looks()).toEqual(ids);
    expect(coverages()).toMatchObject([
      [
        'sweep-completed',
        [{ isCovered: true, resources: { 'microsoft.storage/storageaccounts': 8 }, looks: 8 }],
      ],
    ]);
  });

  it('stays refused for another process, which does not begin again', async () => {
    let isAway = false;
    refuse = (after) => {
      if (after === '2' && calls.length > 3) {
        isAway = !isAway;
        return isAway ? 'azure-unavailable' : undefined;
      }
      return after === '4' ? 'request-refused' : undefined;
    };
    expect(await sweep()).toBeLessThan(10);
    expect(calls).toEqual([undefined, '2', '4', undefined, '2', '2', '4']);
    expect(looks()).toEqual(ids.slice(0, 4));
  });

  it('does not use up patience anew by pages that were done before', async () => {
    // Away for long, then refused, then away for good.
    let isBack = false;
    const begin = time.now().getTime();
    refuse = (after) => {
      if (after !== '4' || isBack) {
        return after === '4' ? 'azure-unavailable' : undefined;
      }
      isBack = time.now().getTime() - begin > 20 * 60_000;
      return isBack ? 'request-refused' : 'azure-unavailable';
    };
    await sweep();
    expect(time.now().getTime() - begin).toBeLessThan(35 * 60_000);
    expect(coverages()).toMatchObject([['sweep-completed', [{ failure: { code: 'azure-unavailable' } }]]]);
    expect(looks()).toEqual(ids.slice(0, 4));
  });
});
