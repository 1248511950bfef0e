import type { Deployed } from '../e2e/deployed.ts';
import { propertiesOf } from '../e2e/deployed.ts';
import { entriesOf, messagesIn, rowsOf } from '../e2e/records.ts';
import { readRawChain } from '../support/read-raw-chain.ts';

/** What can be said when all is over. */
export interface Verdict {
  /** Accounts that were opened and are open still. */
  readonly stillOpen: number;
  readonly closedCases: number;
  /** Cases that are not closed, beside those that the baseline found. */
  readonly openCases: number;
  readonly poisoned: number;
  /** Entries of the service that tell of work given up. */
  readonly givenUp: number;
  /** Events that Event Grid gave up. */
  readonly undelivered: number;
  /** Events that Event Grid will try again, hours later when it failed for an hour. */
  readonly waiting: number;
  /** What is wrong with the ledger. */
  readonly ledgerProblems: readonly string[];
}

/** Looks at everything, with a reader of the ledger that shares no code with its writer. */
export async function judge(deployed: Deployed): Promise<Verdict> {
  const { cloud, subscription, accounts, openAccount } = deployed;
  const rows = await rowsOf(cloud, 'ledger');
  const chain = readRawChain(subscription, rows);
  const service = await entriesOf(cloud, 'service');
  const { dropped, deadLettered, lost, waiting } = cloud.eventGrid.stats('leakstop-resources');
  const openRows = rows.filter(
    (row) =>
      row.partitionKey === subscription &&
      String(row.rowKey).startsWith('open!') &&
      !JSON.stringify(row).toLowerCase().includes(`/${openAccount.name}`),
  );
  return {
    stillOpen: accounts.filter(({ id }) => propertiesOf(deployed, id).allowBlobPublicAccess === true).length,
    closedCases: chain.entries.filter(({ kind }) => kind === 'case-closed').length,
    openCases: openRows.length,
    poisoned: await messagesIn(cloud, 'reconcile-poison'),
    givenUp: service.filter(({ kind }) => kind === 'work-failed').length,
    undelivered: dropped + deadLettered + lost,
    waiting,
    ledgerProblems: [...chain.problems, ...readRawChain('service', rows).problems],
  };
}
