import type { KeyRange } from './format/keys.ts';
import type { CaseRow, TellUnreadable } from './ledger.ts';
import { readCase } from './rows.ts';
import { rowsIn } from './rows-in.ts';
import type { StorageTable } from './table.ts';

/** The cases of a range of rows that can be read. */
export async function* casesIn(
  table: StorageTable,
  chain: string,
  range: KeyRange,
  { condition, tell }: { readonly condition?: string; readonly tell: TellUnreadable | undefined },
): AsyncGenerator<CaseRow> {
  for await (const row of rowsIn(table, chain, range, condition)) {
    const read = readCase(row, tell);
    if (read !== undefined) {
      yield read;
    }
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) {
    collected.push(item);
  }
  return collected;
}
