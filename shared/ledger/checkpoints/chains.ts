import { toStorageError } from '../../storage-errors.ts';
import { chainPattern } from '../format/keys.ts';
import type { StorageTable } from '../table.ts';

/**
 * Every chain of the table, sorted. Nothing registers chains, so one query per gap asks for partitions between the known
 * ones; the answer is usually empty. A query by row key would walk the whole table. `onOther` receives partitions that are no
 * chain of ours: only an intruder writes those.
 */
export async function listChains(
  table: StorageTable,
  known: readonly string[],
  onOther?: (partition: string) => void,
): Promise<string[]> {
  const chains = [...new Set(known)].sort();
  const found = [...chains];
  for (const [index, upper] of [...chains, undefined].entries()) {
    let after = index === 0 ? '' : (chains[index - 1] ?? '');
    for (;;) {
      const next = await firstBetween(table, after, upper);
      if (next === undefined) {
        break;
      }
      // Any other partition is no chain of ours, and nothing reads it.
      if (chainPattern.test(next)) {
        found.push(next);
      } else {
        onOther?.(next);
      }
      after = next;
    }
  }
  return found.sort();
}

async function firstBetween(
  table: StorageTable,
  after: string,
  before: string | undefined,
): Promise<string | undefined> {
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const upper = before === undefined ? '' : ` and PartitionKey lt ${quoted(before)}`;
  const filter = `PartitionKey gt ${quoted(after)}${upper}`;
  try {
    for await (const { partitionKey } of table.listEntities({
      queryOptions: { filter, select: ['PartitionKey'] },
    })) {
      return partitionKey;
    }
  } catch (error) {
    throw toStorageError(error, 'list the chains');
  }
  return undefined;
}
