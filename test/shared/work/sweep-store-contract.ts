import { describe, expect, it } from 'vitest';
import type { StorageTable } from '../../../shared/ledger/table.ts';
import { newSweep } from '../../../shared/work/sweep-run.ts';
import { openSweepStore, sweepClaimMs } from '../../../shared/work/sweep-store.ts';
import { createTestTime } from '../../support/sweep-world.ts';

/** What every sweep store does, whatever table it lies in. */
export function sweepStoreContract(name: string, newTable: () => Promise<StorageTable>): void {
  describe(`the store of the sweep over ${name}`, () => {
    const started = () => newSweep(crypto.randomUUID(), new Date().toISOString(), ['one', 'two']);

    const open = async () => {
      const time = createTestTime();
      const table = await newTable();
      return { time, here: openSweepStore(table, time), there: openSweepStore(table, time) };
    };

    it('has nothing to go on with at first, and then what was begun', async () => {
      const { here, there } = await open();
      expect(await here.claim()).toBeUndefined();
      const hold = await here.claim(started);
      hold!.run.subscriptions.one!.cursor = 'page 2';
      await hold!.release();
      expect((await there.claim())?.run).toMatchObject({ subscriptions: { one: { cursor: 'page 2' } } });
    });

    it('lets one walk, of any number that begin at once', async () => {
      const { here, there } = await open();
      const holds = await Promise.all([here, there, here, there].map((store) => store.claim(started)));
      expect(holds.filter((hold) => hold !== undefined)).toHaveLength(1);
      expect(await there.claim(started)).toBeUndefined();
    });

    it('gives the sweep of one that is gone to another, with what was kept', async () => {
      const { here, there, time } = await open();
      const first = await here.claim(started);
      first!.run.subscriptions.two!.isWalked = true;
      await first!.save();
      await time.sleep(sweepClaimMs - 1);
      expect(await there.claim(started)).toBeUndefined();
      await time.sleep(1);
      const second = await there.claim(started);
      expect(second?.run).toMatchObject({ run: first?.run.run, subscriptions: { two: { isWalked: true } } });
      await expect(first!.save()).rejects.toMatchObject({ code: 'resource-changed' });
    });

    it('begins another when the last is completed, and resumes none', async () => {
      const { here } = await open();
      const hold = await here.claim(started);
      hold!.run.completedAt = new Date().toISOString();
      await hold!.release();
      expect(await here.claim()).toBeUndefined();
      expect((await here.claim(started))?.run.run).not.toBe(hold?.run.run);
    });

    it('keeps a sweep of a thousand subscriptions', async () => {
      const { here, there } = await open();
      const ids = Array.from({ length: 1_000 }, () => crypto.randomUUID());
      const hold = await here.claim(() => newSweep('large', new Date().toISOString(), ids));
      await hold!.release();
      expect(Object.keys((await there.claim())?.run.subscriptions ?? {})).toHaveLength(1_000);
    });
  });
}
