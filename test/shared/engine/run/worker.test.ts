import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeBaseline } from '../../../../shared/engine/run/take-baseline.ts';
import { createWorker } from '../../../../shared/engine/run/worker.ts';
import { account, newSubscription } from '../../../support/estate.ts';
import { entriesOf, noteOf, openCasesOf } from '../../../support/scenario.ts';
import type { TestBed } from '../../../support/test-bed.ts';
import { startTestBed } from '../../../support/test-bed.ts';

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed.stop());

async function workerFor(...subscriptions: string[]) {
  const engine = await bed.newEngine();
  const worker = createWorker(() => Promise.resolve(engine), {
    ...engine,
    queue: () => bed.queue,
    subscriptions,
  });
  return { engine, worker };
}

it('a message that is given up is recorded, and its event stays to be seen to', async () => {
  const subscription = newSubscription();
  bed.guard(subscription);
  const open = account(subscription, 'weights', { minimumTlsVersion: 'TLS1_0' });
  bed.azure.arm.state.load(open);
  const { engine, worker } = await workerFor(subscription);
  await worker.recordPoisoned({ format: 1, root: open.id, note: noteOf(open.id) });
  const told = (await entriesOf(bed, 'service')).filter(
    ({ kind, resource }) => kind === 'work-failed' && resource === open.id,
  );
  expect(told).toHaveLength(1);
  expect(await engine.work.begin(open.id.toLowerCase(), noteOf(open.id))).toEqual({ kind: 'busy' });
});

it.each<[string, unknown]>([
  ['text', 'hello'],
  ['null', null],
  ['another format', { format: 2, root: '/subscriptions/x' }],
  ['no resource', { format: 1, root: 'weights' }],
])('a message that is not ours is recorded and not handed out again: %s', async (_, message) => {
  const before = (await entriesOf(bed, 'service')).length;
  const { worker } = await workerFor();
  await worker.reconcile(message);
  expect(await entriesOf(bed, 'service')).toHaveLength(before + 1);
});

it('a subscription whose baseline fails keeps none of the others waiting', async () => {
  const [bad, good] = [newSubscription(), newSubscription()];
  bed.guard(bad);
  bed.guard(good);
  [bad, good].forEach((id) =>
    bed.azure.arm.state.load(account(id, 'weights', { minimumTlsVersion: 'TLS1_0' })),
  );
  const effect = { kind: 'status', status: 503, code: 'ServiceUnavailable' } as const;
  const fault = bed.faults.add({ target: 'arm', effect, urlPattern: bad });
  const { worker } = await workerFor(bad, good);
  await worker.takeBaselines();
  expect(await openCasesOf(bed, good)).toHaveLength(1);
  expect(await openCasesOf(bed, bad)).toHaveLength(0);
  bed.faults.remove(fault);
  await worker.takeBaselines();
  expect(await openCasesOf(bed, bad)).toHaveLength(1);
});

it('two baselines that overlap leave one that is complete', async () => {
  const subscription = newSubscription();
  bed.guard(subscription);
  const names = ['a', 'b', 'c', 'd'];
  names.forEach((name) => bed.azure.arm.state.load(account(subscription, name)));
  const { engine } = await workerFor(subscription);
  const runs = await Promise.all([1, 2].map(() => takeBaseline(engine, bed.queue, subscription)));
  expect(runs.map(({ kind }) => kind).sort()).toEqual(['completed', 'unfinished']);
  expect(await takeBaseline(engine, bed.queue, subscription)).toEqual({ kind: 'not-needed' });
});
