import { describe, expect, test } from 'vitest';
import type { StorageTable } from '../../../shared/ledger/table.ts';
import { openWorkStore } from '../../../shared/work/open-work-store.ts';
import type { Begin, Claim, Note, WorkStore } from '../../../shared/work/work.ts';
import { collect, disturbed, type Disturbance, type TableCall } from '../../support/disturbed-table.ts';
import { ManualClock } from '../../support/manual-clock.ts';

export const root =
  '/subscriptions/00000000-0000-0000-0000-0000000000c1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/weights';
const minute = 60_000;

export function noteOf(id: string, time = '2026-03-01T12:00:00.000Z'): Note {
  return { id, time, resource: root, source: 'event', operation: 'Microsoft.Storage/storageAccounts/write' };
}

export function claimOf(begun: Begin): Claim {
  if (begun.kind !== 'claimed') {
    throw new Error(`Not claimed: ${begun.kind}`);
  }
  return begun.claim;
}

function idsOf(claim: Claim): string[] {
  return claim.row.notes.map(({ id }) => id);
}

export function workContract(name: string, factory: () => Promise<StorageTable>): void {
  const setUp = async () => {
    const table = await factory();
    const clock = new ManualClock();
    const calls: TableCall[] = [];
    const store = (disturbance?: Disturbance): WorkStore =>
      openWorkStore({ table: disturbed(table, calls, disturbance), clock });
    return { table, clock, calls, store, rows: () => collect(table.listEntities()) };
  };

  describe(`work store on ${name}`, () => {
    test('a first note claims the root; an event costs three calls from begin to finish', async () => {
      const { store, calls, clock } = await setUp();
      const work = store();
      const claim = claimOf(await work.begin(root, noteOf('e1')));
      expect(claim.row).toMatchObject({ root, notes: [noteOf('e1')], attempts: 0 });
      expect(claim.until.getTime() - clock.now().getTime()).toBe(3 * minute);
      expect(await work.finish(claim, { observedAt: clock.now() })).toEqual({ kind: 'released' });
      expect(calls).toEqual(['getEntity', 'createEntity', 'updateEntity']);
    });

    test('a note that comes while somebody works makes the work go on', async () => {
      const { store, clock } = await setUp();
      const [mine, theirs] = [store(), store()];
      const claim = claimOf(await mine.begin(root, noteOf('e1')));
      expect(await theirs.begin(root.toUpperCase(), noteOf('e2'))).toEqual({ kind: 'busy' });
      const again = await mine.finish(claim, { observedAt: clock.now() });
      expect(again).toMatchObject({ kind: 'again', claim: { row: { notes: [{ id: 'e2' }] } } });
      if (again.kind === 'again') {
        expect(await mine.finish(again.claim, { observedAt: clock.now() })).toEqual({ kind: 'released' });
      }
    });

    test('what came since a claim is told with one read, and the claim stays as it is', async () => {
      const { store, calls, clock } = await setUp();
      const [mine, theirs] = [store(), store()];
      const before = claimOf(await mine.begin(root, noteOf('e0')));
      expect(await mine.newsFor(before)).toEqual({ notes: [], isCut: false, writes: [] });
      await mine.finish(before, { observedAt: clock.now(), writes: ['w1'] });
      const claim = claimOf(await mine.begin(root, noteOf('e1')));
      await theirs.begin(root, noteOf('e2'));
      calls.length = 0;
      expect(await mine.newsFor(claim)).toEqual({ notes: [noteOf('e2')], isCut: false, writes: ['w1'] });
      expect(calls).toEqual(['getEntity']);
      for (let number = 3; number <= 60; number += 1) {
        await theirs.begin(root, noteOf(`e${number}`));
      }
      const { isCut, notes } = await mine.newsFor(claim);
      expect(isCut).toBe(true);
      expect(notes.at(-1)).toEqual(noteOf('e60'));
      expect(await mine.finish(claim, { observedAt: clock.now() })).toMatchObject({ kind: 'again' });
    });

    test('a duplicate costs one read and no write, pending or dealt with', async () => {
      const { store, calls, clock } = await setUp();
      const work = store();
      const claim = claimOf(await work.begin(root, noteOf('e1')));
      calls.length = 0;
      expect(await store().begin(root, noteOf('e1'))).toEqual({ kind: 'busy' });
      await work.finish(claim, { observedAt: clock.now() });
      calls.length = 0;
      expect(await store().begin(root, noteOf('e1'))).toEqual({ kind: 'known' });
      expect(calls).toEqual(['getEntity']);
    });

    test('an event from well before the last observation is known, one within the margin is not', async () => {
      const { store, clock } = await setUp();
      const work = store();
      clock.advance(30 * minute);
      await work.finish(claimOf(await work.begin(root, noteOf('e1'))), { observedAt: clock.now() });
      expect(await work.begin(root, noteOf('old', '2026-03-01T12:24:59.000Z'))).toEqual({ kind: 'known' });
      expect(await work.begin(root, noteOf('young', '2026-03-01T12:25:01.000Z'))).toMatchObject({
        kind: 'claimed',
      });
    });

    test('a wake claims what is due and nothing else', async () => {
      const { store, clock } = await setUp();
      const work = store();
      expect(await work.begin(root)).toEqual({ kind: 'known' });
      const claim = claimOf(await work.begin(root, noteOf('e1')));
      expect(await work.begin(root)).toEqual({ kind: 'busy' });
      await work.finish(claim, { observedAt: clock.now(), wakeAt: new Date(clock.now().getTime() + minute) });
      expect(await work.begin(root)).toEqual({ kind: 'known' });
      expect(await collect(work.due())).toEqual([]);
      clock.advance(minute);
      expect(await collect(work.due())).toEqual([root]);
      expect(await work.begin(root)).toMatchObject({ kind: 'claimed', claim: { row: { notes: [] } } });
    });

    test('an abandoned claim becomes due, with its notes, and its holder can no longer finish', async () => {
      const { store, clock } = await setUp();
      const [dead, alive] = [store(), store()];
      const lost = claimOf(await dead.begin(root, noteOf('e1')));
      clock.advance(3 * minute);
      expect(await collect(alive.due())).toEqual([root]);
      const claim = claimOf(await alive.begin(root));
      expect(claim.row).toMatchObject({ notes: [{ id: 'e1' }], attempts: 1 });
      await expect(dead.finish(lost, {})).rejects.toMatchObject({ code: 'claim-expired' });
      expect(await alive.finish(claim, { observedAt: clock.now() })).toEqual({ kind: 'released' });
    });

    test('after a transient error notes are kept, and new ones wait for the same pause', async () => {
      const { store, clock } = await setUp();
      const work = store();
      const claim = claimOf(await work.begin(root, noteOf('e1')));
      const wakeAt = new Date(clock.now().getTime() + 10 * minute);
      expect(await work.finish(claim, { failed: true, wakeAt })).toEqual({ kind: 'released' });
      expect(await work.begin(root, noteOf('e2'))).toEqual({ kind: 'busy' });
      expect(await work.begin(root)).toEqual({ kind: 'known' });
      clock.advance(10 * minute);
      const second = claimOf(await work.begin(root));
      expect(idsOf(second)).toEqual(['e1', 'e2']);
      expect(second.row.attempts).toBe(1);
      await work.finish(second, { failed: true });
      expect(await collect(work.due())).toEqual([]);
      clock.advance(10_000);
      const third = claimOf(await work.begin(root));
      expect(third.row.attempts).toBe(2);
      await work.finish(third, { observedAt: clock.now() });
      const next = await work.begin(root, noteOf('e3', clock.now().toISOString()));
      expect(claimOf(next).row).toMatchObject({
        attempts: 0,
        notes: [{ id: 'e3' }],
      });
    });

    test('ids of writes are there for an hour', async () => {
      const { store, clock } = await setUp();
      const work = store();
      const first = claimOf(await work.begin(root, noteOf('e1')));
      await work.finish(first, { observedAt: clock.now(), writes: ['w1', 'w2'] });
      const claim = claimOf(await work.begin(root, noteOf('e2')));
      expect((await work.newsFor(claim)).writes).toEqual(['w1', 'w2']);
      await work.finish(claim, { observedAt: clock.now(), writes: ['w3'] });
      clock.advance(59 * minute);
      const later = claimOf(await work.begin(root, noteOf('e3', clock.now().toISOString())));
      expect((await work.newsFor(later)).writes).toEqual(['w1', 'w2', 'w3']);
      clock.advance(2 * minute);
      await work.finish(later, { observedAt: clock.now() });
      clock.advance(minute);
      const last = claimOf(await work.begin(root, noteOf('e4', clock.now().toISOString())));
      expect((await work.newsFor(last)).writes).toEqual([]);
    });

    test('a row goes away an hour after its last need', async () => {
      const { store, clock, rows } = await setUp();
      const work = store();
      await work.finish(claimOf(await work.begin(root, noteOf('e1'))), { observedAt: clock.now() });
      clock.advance(59 * minute);
      expect(await collect(work.due())).toEqual([]);
      expect(await rows()).toHaveLength(1);
      clock.advance(minute);
      expect(await collect(work.due())).toEqual([]);
      expect(await rows()).toHaveLength(0);
    });

    test('a storm on one root: one claimant, few writes, no note lost', async () => {
      const { store, calls, clock } = await setUp();
      const stores = [store(), store(), store()];
      const begun = await Promise.all(
        Array.from({ length: 300 }, (_, index) => stores[index % 3]!.begin(root, noteOf(`e${index}`))),
      );
      const claims = begun.filter((result) => result.kind === 'claimed');
      expect(claims).toHaveLength(1);
      expect(begun.every(({ kind }) => kind !== 'known')).toBe(true);
      expect(calls.length).toBeLessThan(30);
      const claim = claimOf(claims[0]!);
      const again = await stores[0]!.finish(claim, { observedAt: clock.now() });
      const rest = again.kind === 'again' ? again.claim.row : undefined;
      const seen = claim.row.notes.length + (claim.row.notesDropped ?? 0);
      expect(seen + (rest?.notes.length ?? 0) + (rest?.notesDropped ?? 0)).toBe(300);
    });

    test('only the newest notes are kept, and the row says that older ones gave way', async () => {
      const { store } = await setUp();
      const work = store();
      const begun = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          work.begin(root, { ...noteOf(`e${index}`), actor: { claims: 'x'.repeat(10_000) } }),
        ),
      );
      const claim = claimOf(begun[0]!);
      expect(claim.row).toMatchObject({ notesDropped: 20 });
      expect(idsOf(claim)).toEqual(Array.from({ length: 40 }, (_, index) => `e${index + 20}`));
      expect(claim.row.notes[0]).not.toHaveProperty('actor');
    });

    test.each(['before', 'after'] as const)(
      'a connection that breaks %s each call in turn changes nothing',
      async (when) => {
        for (let broken = 1; broken <= 6; broken += 1) {
          const { store, clock, rows } = await setUp();
          let number = 0;
          const breakOnce = () => {
            number += 1;
            if (number === broken) {
              throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
            }
          };
          const work = store({ [when]: breakOnce });
          const claim = claimOf(await work.begin(root, noteOf('e1')));
          expect(await store().begin(root, noteOf('e2'))).toEqual({ kind: 'busy' });
          const again = await work.finish(claim, { observedAt: clock.now(), writes: ['w1'] });
          expect(again).toMatchObject({
            kind: 'again',
            claim: { row: { notes: [{ id: 'e2' }] } },
          });
          if (again.kind === 'again') {
            expect((await store().newsFor(again.claim)).writes).toEqual(['w1']);
            expect(await work.finish(again.claim, { failed: true })).toEqual({ kind: 'released' });
          }
          clock.advance(minute);
          expect(claimOf(await store().begin(root)).row).toMatchObject({
            attempts: 1,
            notes: [{ id: 'e2' }],
          });
          expect(await rows()).toHaveLength(1);
        }
      },
    );

    test('a store that is away for good is an error to come back from', async () => {
      const { store } = await setUp();
      const work = store({
        before: () => {
          throw Object.assign(new Error('busy'), { statusCode: 503, code: 'ServerBusy' });
        },
      });
      await expect(work.begin(root, noteOf('e1'))).rejects.toMatchObject({ code: 'storage-unavailable' });
    });
  });
}
