import { expect, it } from 'vitest';
import { catalogue } from '../../../../remediators/index.ts';
import type { Observer } from '../../../../shared/contract/observer.ts';
import { storageAccountRoot } from '../../../../shared/azure/observers/storage-account.ts';
import type { ResourceGraph } from '../../../../shared/azure/resource-graph.ts';
import type { Engine } from '../../../../shared/engine/engine.ts';
import type { SweepParts } from '../../../../shared/engine/sweep/sweep-parts.ts';
import { beginSweep, resumeSweep } from '../../../../shared/engine/sweep/sweep.ts';
import type { WorkQueue } from '../../../../shared/work/queue.ts';
import { openLedger } from '../../../../shared/ledger/open-ledger.ts';
import type { StorageTable } from '../../../../shared/ledger/table.ts';
import { defaultPolicy } from '../../../../shared/policy/policy.ts';
import { openSweepStore, sweepClaimMs } from '../../../../shared/work/sweep-store.ts';
import { account, newSubscription } from '../../../support/estate.ts';
import type { KillPoint, Moment } from '../../../support/kill-points.ts';
import { Life, moments } from '../../../support/kill-points.ts';
import { MemoryTable } from '../../../support/memory-table.ts';
import { createTestTime } from '../../../support/sweep-world.ts';

const pageSize = 2;
const subscriptions = [newSubscription(), newSubscription()];
/** Three pages and one, with drift on each page. */
const estate = new Map(
  subscriptions.map((subscription, index) => [
    subscription,
    Array.from({ length: index === 0 ? 5 : 2 }, (_, number) =>
      account(subscription, `account${number}`, number % 2 === 0 ? { minimumTlsVersion: 'TLS1_0' } : {}),
    ),
  ]),
);
const drifted = [...estate.values()]
  .flat()
  .filter(({ properties }) => properties.minimumTlsVersion === 'TLS1_0')
  .map(({ id }) => id.toLowerCase())
  .sort();

/** What outlives every process. */
function createSurroundings() {
  const time = createTestTime();
  return { time, ledgerRows: new MemoryTable(), sweepRows: new MemoryTable(), looks: [] as string[] };
}

function mortal(table: StorageTable, name: string, life: Life): StorageTable {
  const pass = <T>(what: string, act: () => Promise<T>) => life.pass('request', `${name} ${what}`, act);
  return {
    ...table,
    getEntity: (...key) => pass('get', () => table.getEntity(...key)),
    submitTransaction: (actions) => pass('$batch', () => table.submitTransaction(actions)),
    createEntity: (row) => pass('create', () => table.createEntity(row)),
    updateEntity: (...change) => pass('update', () => table.updateEntity(...change)),
  };
}

/** One process: what it does outside itself goes through its life. */
function startProcess(around: ReturnType<typeof createSurroundings>, life: Life): SweepParts {
  const { time, ledgerRows, sweepRows, looks } = around;
  const graph: ResourceGraph = {
    page: ({ query, subscriptions: [id = ''], after }) =>
      life.pass('request', 'graph', () => {
        const all = query.includes('storageaccounts') ? (estate.get(id) ?? []) : [];
        const start = Number(after ?? 0);
        const end = start + pageSize;
        const rows = all.slice(start, end) as never[];
        return Promise.resolve({ rows, next: end < all.length ? String(end) : undefined });
      }),
  };
  const queue: WorkQueue = {
    send: ({ root }) =>
      life.pass('request', 'queue send', () => {
        looks.push(root.toLowerCase());
        return Promise.resolve();
      }),
  };
  const engine = {
    remediators: catalogue,
    observers: [{ ...storageAccountRoot, wantsAllChildren: () => false } as unknown as Observer],
    ledger: openLedger({
      table: mortal(ledgerRows.client(), 'ledger', life),
      bodies: { putBody: () => Promise.reject(new Error()), getBody: () => Promise.resolve(undefined) },
      clock: time,
    }),
    policy: defaultPolicy,
    clock: time,
    logger: { information: () => undefined, warning: () => undefined, error: () => undefined },
  } as unknown as Engine;
  const sweeps = openSweepStore(mortal(sweepRows.client(), 'sweep', life), time);
  return { engine, queue, graph, sweeps, subscriptions };
}

/** What the timers of one process do. */
async function live(parts: SweepParts, first: typeof beginSweep): Promise<void> {
  let outcome = await first(parts);
  for (let count = 0; count < 10 && outcome !== 'completed'; count += 1) {
    await parts.engine.clock.sleep(60_000);
    outcome = await resumeSweep(parts);
  }
}

/** One sweep, with a first process that dies at a point, and the world as it is when others have finished it. */
async function sweepWith(kill: KillPoint | undefined) {
  const around = createSurroundings();
  const first = new Life(kill, () => undefined);
  const ended = await Promise.race([
    live(startProcess(around, first), beginSweep).then(() => 'lived' as const),
    first.death,
  ]);
  if (ended === 'killed') {
    // A request on its way ends long before the claim does.
    await first.deliverLate();
    await around.time.sleep(sweepClaimMs);
  }
  const names = [...first.names];
  await live(startProcess(around, new Life(undefined, () => undefined)), resumeSweep);
  const completed = around.ledgerRows
    .rows()
    .filter((row) => row.partitionKey === 'service' && String(row.header).includes('sweep-completed'));
  const wasBegun = around.sweepRows.rows().length > 0;
  return { names, completed: completed.length, wasBegun, looks: new Set(around.looks), all: around.looks };
}

const whole = await sweepWith(undefined);

it('that nobody kills is completed once, with one look for each drift', () => {
  expect(whole).toMatchObject({ completed: 1 });
  expect(whole.all.sort()).toEqual(drifted);
  expect(whole.names.length).toBeGreaterThan(20);
});

const points = moments.flatMap((moment) =>
  whole.names.map((name, index): [Moment, number, string] => [moment, index + 1, name]),
);

it.each(points)(
  'killed %s point %i (%s) it goes on, looks at every drift, and is told of once',
  async (moment, number) => {
    const end = await sweepWith({ kind: 'request', number, moment });
    if (end.wasBegun) {
      expect(end.completed).toBe(1);
      expect([...end.looks].sort()).toEqual(drifted);
    } else {
      expect(end).toMatchObject({ completed: 0, all: [] });
    }
  },
);
