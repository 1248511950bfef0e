import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openCaseIndex, type CaseView } from '../../../shared/case-index/case-index.ts';
import { readStory } from '../../../shared/case-index/story.ts';
import type { CaseRow } from '../../../shared/ledger/ledger.ts';
import {
  accountId,
  asked,
  madeCase,
  otherSubscription,
  pagesWorld,
  type PagesWorld,
  say,
  subscription,
} from '../../support/pages-world.ts';
import { runs } from '../../support/effort.ts';

/** Everything that a view says of cases, in an order that means nothing. */
function seen(view: CaseView): readonly string[] {
  return [...view.open, ...view.closed].map((one) => JSON.stringify(one)).sort();
}

/** An index that has seen nothing yet. */
function freshIndex({ reader, ledger, clock }: PagesWorld) {
  return openCaseIndex({ reader, ledger, subscriptions: [subscription, otherSubscription], clock });
}

test('what was followed is what a new process reads, whatever happened', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ name: fc.nat(4), close: fc.boolean(), other: fc.boolean(), look: fc.boolean() }), {
        minLength: 1,
        maxLength: 14,
      }),
      async (acts) => {
        const world = pagesWorld();
        const open = new Map<string, CaseRow>();
        for (const { name, close, other, look } of acts) {
          const chain = other ? otherSubscription : subscription;
          const resource = accountId(`a${name}`, chain);
          const row = open.get(resource);
          if (row === undefined) {
            open.set(resource, await say(world, chain, madeCase(resource), asked));
          } else if (close) {
            const closing = [{ kind: 'case-closed', payload: { reason: 'gone' } }] as const;
            await say(world, chain, madeCase(resource, { closed: 'gone' }), closing, row);
            open.delete(resource);
          } else {
            const steps = [
              { kind: 'case-reconsidered' },
              { kind: 'case-held' },
              { kind: 'case-reconsidered' },
              { kind: 'decision-requested' },
            ] as const;
            open.set(resource, await say(world, chain, madeCase(resource, { severity: 'low' }), steps, row));
          }
          world.clock.advance(1_100);
          if (look) {
            await world.index.read();
          }
        }
        expect(seen(await world.index.read())).toEqual(seen(await freshIndex(world).read()));
        expect((await world.index.read()).open).toHaveLength(open.size);
      },
    ),
    { numRuns: runs(30) },
  );
});

test('a second long it answers from memory, and then it is fresh', async () => {
  const world = pagesWorld();
  await world.index.read();
  await say(world, subscription, madeCase(accountId('a')), asked);
  expect((await world.index.read()).open).toHaveLength(0);
  world.clock.advance(1_000);
  expect((await world.index.read()).open).toHaveLength(1);
  await say(world, subscription, madeCase(accountId('b')), asked);
  world.index.touch();
  expect((await world.index.read()).open).toHaveLength(2);
});

test('what is too much is left out and counted', async () => {
  const world = pagesWorld();
  for (let index = 0; index < 5; index += 1) {
    await say(world, subscription, madeCase(accountId(`open${index}`)), asked);
    await say(world, subscription, madeCase(accountId(`closed${index}`), { closed: 'gone' }), [
      ...asked,
      { kind: 'case-closed', payload: { reason: 'gone' } },
    ]);
    world.clock.advance(1_000);
  }
  const index = openCaseIndex({
    ...world,
    subscriptions: [subscription],
    limits: { mostOpen: 3, mostClosed: 2 },
  });
  const view = await index.read();
  expect([view.open.length, view.left]).toEqual([3, 2]);
  expect([view.closed.length, view.leftClosed]).toEqual([2, 3]);
  expect(view.closed.map(({ resource }) => resource.slice(-7)).sort()).toEqual(['closed3', 'closed4']);
});

test('closed cases are forgotten after thirty days', async () => {
  const world = pagesWorld();
  const closed = [...asked, { kind: 'case-closed', payload: { reason: 'gone' } }] as const;
  await say(world, subscription, madeCase(accountId('a'), { closed: 'gone' }), closed);
  expect((await world.index.read()).closed).toHaveLength(1);
  world.clock.advance(30 * 24 * 3_600_000 + 1_000);
  expect((await world.index.read()).closed).toHaveLength(0);
});

test('a row that cannot be read is counted, and hides no other', async () => {
  const world = pagesWorld();
  await say(world, subscription, madeCase(accountId('a')), asked);
  await say(world, subscription, madeCase(accountId('b'), { severity: 'grave' as never }), asked);
  const view = await world.index.read();
  expect([view.open.length, view.unreadable]).toEqual([1, 1]);
});

test('a ledger that is away is said, and what was known is known again afterwards', async () => {
  const world = pagesWorld();
  await say(world, subscription, madeCase(accountId('a')), asked);
  let isAway = false;
  const reader = {
    ...world.reader,
    end: (chain: string) => (isAway ? Promise.reject(new Error('away')) : world.reader.end(chain)),
  };
  const index = openCaseIndex({ ...world, reader, subscriptions: [subscription] });
  await index.read();
  isAway = true;
  world.clock.advance(2_000);
  await expect(index.read()).rejects.toThrow('away');
  isAway = false;
  expect((await index.read()).open).toHaveLength(1);
});

test('the story has every entry of the case and of no other, wherever they lie', async () => {
  const world = pagesWorld();
  const resource = accountId('a');
  let row = await say(world, subscription, madeCase(resource), asked);
  const trail: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    for (let index = 0; index < 60; index += 1) {
      await say(world, subscription, madeCase(accountId(`other${round}x${index}`)), asked);
    }
    trail.push(row.sequence);
    row = await say(
      world,
      subscription,
      { ...madeCase(resource), trail: [...trail] },
      [{ kind: 'case-observed', payload: { round } }],
      row,
    );
  }
  world.index.touch();
  const indexed = (await world.index.read()).find(subscription, row.caseId)!;
  const { entries, isCut } = await readStory(world.reader, indexed);
  expect(isCut).toBe(false);
  expect(entries.map(({ kind }) => kind)).toEqual([
    'case-opened',
    'decision-requested',
    ...Array.from({ length: 4 }, () => 'case-observed'),
  ]);
});

test('sweeps, policies and turns are told as they came last', async () => {
  const world = pagesWorld();
  const append = (
    kind: 'sweep-completed' | 'kill-switch-turned' | 'kill-switch-seen',
    payload: object,
    actor = {},
  ) =>
    world.ledger.append({
      chain: 'service',
      entries: [{ kind, body: { actor: actor, payload: payload as never } }],
      cases: [],
    });
  const sweep = (completedAt: string) => ({
    startedAt: completedAt,
    completedAt,
    subscriptions: [{ subscription, isCovered: true, resources: { a: 3 }, unreadableCount: 0 }],
  });
  await append('sweep-completed', sweep('2026-03-01T01:00:00.000Z'));
  expect((await world.index.read()).service.sweep?.completedAt).toBe('2026-03-01T01:00:00.000Z');
  await append('sweep-completed', sweep('2026-03-01T02:00:00.000Z'));
  await append('kill-switch-turned', { changes: 'stopped', reason: 'r' }, { name: 'Olli' });
  await append('kill-switch-seen', { changes: 'stopped', reason: 'r', by: 'Olli' });
  world.clock.advance(1_000);
  const { service } = await world.index.read();
  expect(service.sweep?.completedAt).toBe('2026-03-01T02:00:00.000Z');
  expect(service.turns).toMatchObject([{ changes: 'stopped', by: 'Olli', reason: 'r' }]);
  expect((await freshIndex(world).read()).service).toEqual(service);
});
