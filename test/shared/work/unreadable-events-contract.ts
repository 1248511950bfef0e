import { describe, expect, it } from 'vitest';
import type { StorageTable } from '../../../shared/ledger/table.ts';
import { openUnreadableEventStore } from '../../../shared/work/unreadable-events.ts';
import { createTestTime } from '../../support/sweep-world.ts';

/** What every store of counts does, whatever table it lies in. */
export function unreadableEventsContract(name: string, newTable: () => Promise<StorageTable>): void {
  describe(`counts of unreadable events over ${name}`, () => {
    const open = async () => {
      const time = createTestTime();
      const table = await newTable();
      return { here: openUnreadableEventStore(table, time), there: openUnreadableEventStore(table, time) };
    };

    it('lose none, of any number of instances that count at once', async () => {
      const { here, there } = await open();
      const before = await Promise.all(
        Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? here : there).add('2026-03-01T12', 3)),
      );
      expect(before.toSorted((one, other) => one - other)).toEqual(
        Array.from({ length: 12 }, (_, index) => index * 3),
      );
      expect(await here.before('2026-03-01T13')).toEqual([{ hour: '2026-03-01T12', count: 36 }]);
    });

    it('are kept by hour until they are told, the oldest first', async () => {
      const { here, there } = await open();
      for (const hour of ['2026-03-01T12', '2026-02-28T23', '2026-03-01T11']) {
        await here.add(hour, 1);
      }
      const hours = await there.before('2026-03-01T12');
      expect(hours.map(({ hour }) => hour)).toEqual(['2026-02-28T23', '2026-03-01T11']);
      await there.forget(hours[0]!);
      await there.forget(hours[0]!);
      expect(await here.before('2026-03-01T12')).toEqual([hours[1]]);
    });

    it('are not forgotten when more was counted since', async () => {
      const { here, there } = await open();
      await here.add('2026-03-01T12', 1);
      const [hour] = await here.before('2026-03-01T13');
      await there.add('2026-03-01T12', 1);
      await expect(here.forget(hour!)).rejects.toMatchObject({ code: 'resource-changed' });
    });
  });
}
