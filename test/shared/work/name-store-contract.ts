import { describe, expect, it } from 'vitest';
import type { StorageTable } from '../../../shared/ledger/table.ts';
import { openNameStore } from '../../../shared/work/name-store.ts';

const one = { readAt: '2026-03-01T12:00:00.000Z', names: { '1111': 'Research \u2028 "x"', '2222': '😀' } };
const other = { readAt: '2026-03-01T13:00:00.000Z', names: {} };

/** What every store of display names does, whatever table it lies in. */
export function nameStoreContract(table: string, newTable: () => Promise<StorageTable>): void {
  describe(`names of subscriptions over ${table}`, () => {
    it('are absent until some are kept, and then those that were kept last', async () => {
      const store = openNameStore(await newTable());
      expect(await store.read()).toBeUndefined();
      await store.keep(one);
      expect(await store.read()).toEqual(one);
      await store.keep(other);
      expect(await store.read()).toEqual(other);
    });

    it('take more than one property of a row holds', async () => {
      const store = openNameStore(await newTable());
      const names = Object.fromEntries(
        Array.from({ length: 1_000 }, (_, index) => [`id-${index}`, `name ${index} ${'x'.repeat(60)}`]),
      );
      await store.keep({ ...one, names });
      expect((await store.read())?.names).toEqual(names);
    });
  });
}
