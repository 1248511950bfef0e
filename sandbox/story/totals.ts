import { QueueClient } from '@azure/storage-queue';
import type { Cloud } from '../cloud.ts';
import { credentialOf } from '../deploy.ts';
import type { CaseBook } from './case-book.ts';
import type { LedgerReader } from './ledger-reader.ts';
import type { SceneResult } from './play.ts';

/** What the story came to. */
export interface Totals {
  /** Cases that were opened, and closed, since the story began. */
  readonly opened: number;
  readonly closed: number;
  /** Cases in the ledger as it is now, those of the baseline included. */
  readonly awaiting: number;
  readonly held: number;
  readonly entries: number;
  readonly delivered: number;
  readonly repeats: number;
  /** Events that were given up, with a dead letter or without. */
  readonly deadLettered: number;
  /** Messages that were given up, wherever they are now. */
  readonly poisoned: number;
}

/** Counts it all, from the ledger, Event Grid and the queues. */
export async function countTotals(
  cloud: Cloud,
  ledger: LedgerReader,
  book: CaseBook,
  results: readonly SceneResult[],
): Promise<Totals> {
  const openCases = await ledger.openCases();
  const stats = cloud.eventGrid.stats();
  return {
    opened: book.all.filter(({ openedAt }) => openedAt !== undefined).length,
    closed: book.all.filter(({ state }) => state === 'closed').length,
    awaiting: openCases.filter(({ state }) => state === 'awaiting-decision').length,
    held: openCases.filter(({ state }) => state === 'held').length,
    entries: await ledger.countEntries(),
    delivered: stats.delivered,
    repeats: results.reduce((sum, result) => sum + result.repeats, 0),
    deadLettered: stats.deadLettered + stats.dropped + stats.lost,
    poisoned: book.poisoned + (await messagesIn(cloud, 'reconcile-poison')),
  };
}

/** Messages in a queue; 0 when it does not exist. */
async function messagesIn({ azure, storage }: Cloud, queue: string): Promise<number> {
  const client = new QueueClient(`${storage.urls.queues}/${queue}`, credentialOf(azure, azure.operator));
  if (!(await client.exists())) {
    return 0;
  }
  return (await client.getProperties()).approximateMessagesCount ?? 0;
}
