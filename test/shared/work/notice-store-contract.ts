import { describe, expect, it } from 'vitest';
import type { StorageTable } from '../../../shared/ledger/table.ts';
import type { NoticeState } from '../../../shared/work/notice-state.ts';
import { noticeClaimMs, openNoticeStore } from '../../../shared/work/notice-store.ts';
import { createTestTime } from '../../support/sweep-world.ts';

/** What every store of notices does, whatever table it lies in. */
export function noticeStoreContract(name: string, newTable: () => Promise<StorageTable>): void {
  describe(`the store of notices over ${name}`, () => {
    const fresh = (): Promise<NoticeState> =>
      Promise.resolve({ cursor: 7, isBaselining: false, notices: [], told: [], asked: {}, channels: {} });

    const open = async () => {
      const time = createTestTime();
      const table = await newTable();
      return { time, here: openNoticeStore(table, time), there: openNoticeStore(table, time) };
    };

    it('has nothing at first, and then what was kept, for each chain', async () => {
      const { here, there } = await open();
      expect(await here.peek('one')).toBeUndefined();
      const hold = await here.claim('one', fresh);
      hold!.state.cursor = 9;
      await hold!.release();
      expect((await there.claim('one', fresh))?.state.cursor).toBe(9);
      expect((await there.claim('two', fresh))?.state.cursor).toBe(7);
    });

    it('lets one send, of any number that begin at once', async () => {
      const { here, there } = await open();
      const holds = await Promise.all([here, there, here, there].map((store) => store.claim('one', fresh)));
      expect(holds.filter((hold) => hold !== undefined)).toHaveLength(1);
      expect(await there.claim('one', fresh)).toBeUndefined();
    });

    it('gives what one that is gone had to another, and lets the first keep nothing more', async () => {
      const { here, there, time } = await open();
      const first = await here.claim('one', fresh);
      await time.sleep(noticeClaimMs - 1);
      expect(await there.claim('one', fresh)).toBeUndefined();
      await time.sleep(1);
      expect(await there.claim('one', fresh)).toBeDefined();
      await expect(first!.save()).rejects.toMatchObject({ code: 'resource-changed' });
    });

    it('keeps thousands of cases', async () => {
      const { here, there } = await open();
      const hold = await here.claim('one', fresh);
      const cases = Array.from({ length: 2_000 }, () => crypto.randomUUID());
      hold!.state.standing = { cases, since: new Date().toISOString() };
      await hold!.release();
      expect((await there.peek('one'))?.standing?.cases).toEqual(cases);
    });
  });
}
