import { systemClock } from '../shared/clock.ts';
import { openRecords, type Records } from '../shared/records/open-records.ts';
import type { StorageEndpoints } from './storage.ts';

/** Opens the ledger for writing. */
export type OpenLedgerRecords = (endpoints: StorageEndpoints) => Promise<Records>;

/**
 * Opens the ledger with the login of whoever runs the command. That person needs the right to write for as long as the
 * command takes.
 */
export const openLedgerRecords: OpenLedgerRecords = async (endpoints) => {
  const { DefaultAzureCredential } = await import('@azure/identity');
  const credential = new DefaultAzureCredential();
  return openRecords(endpoints, () => Promise.resolve(credential), systemClock);
};
