import { randomUUID } from 'node:crypto';
import { TableClient } from '@azure/data-tables';
import { credentialOf } from '../../sandbox/deploy.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { reconcile } from '../../shared/engine/run/reconcile.ts';
import type { Reconciled } from '../../shared/engine/run/reconcile.ts';
import type { JsonObject } from '../../shared/contract/json.ts';
import { ancestorOfType, parseResourceId } from '../../shared/resource-id.ts';
import type { Note } from '../../shared/work/work.ts';
import { textIn } from './payload-laws.ts';
import type { TestBed } from './test-bed.ts';
import { eventually } from '../e2e/eventually.ts';

/** An entry as it lies in the table, read by code that shares nothing with the writer. */
export interface RawEntry {
  readonly sequence: number;
  /** ISO 8601. */
  readonly time: string;
  readonly kind: string;
  readonly case: string | null;
  readonly control: string | undefined;
  readonly resource: string | undefined;
  readonly payload: JsonObject;
  readonly traceparent: string | undefined;
}

/** An open case as it lies in the table. */
export interface RawCase {
  readonly control: string;
  readonly resource: string;
  readonly state: string;
  readonly data: JsonObject;
}

/** The account above a resource. */
export function rootOf(resource: string): string {
  return ancestorOfType(parseResourceId(resource), 'Microsoft.Storage/storageAccounts')?.text ?? resource;
}

/** An event of somebody else's write, as intake hands it on. */
export function noteOf(resource: string, change: Partial<Note> = {}): Note {
  return {
    id: randomUUID(),
    time: new Date().toISOString(),
    resource,
    source: 'event',
    operation: `${parseResourceId(resource).type}/write`,
    actor: { objectId: 'a-person', appId: 'a-client', name: 'somebody' },
    requestId: randomUUID(),
    ...change,
  };
}

/** Handles one event. */
export function deliver(
  bed: TestBed,
  engine: Engine,
  resource: string,
  change: Partial<Note> = {},
): Promise<Reconciled> {
  return reconcile(engine, bed.queue, {
    format: 1,
    root: rootOf(resource),
    note: noteOf(resource, change),
    postponed: 0,
  });
}

/** Does what the wake message would do, until the row is due and the work done. */
export async function untilWoken(bed: TestBed, engine: Engine, resource: string): Promise<void> {
  await eventually(`the work on "${resource}" is woken`, async () => {
    const { kind } = await reconcile(engine, bed.queue, { format: 1, root: rootOf(resource), postponed: 0 });
    return kind === 'done';
  });
}

function ledgerTable({ azure, storage }: TestBed): TableClient {
  return new TableClient(storage.urls.tables, 'ledger', credentialOf(azure, azure.operator));
}

/** Every row of a chain, raw. */
export async function rawRows(bed: TestBed, chain: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const row of ledgerTable(bed).listEntities({
    queryOptions: { filter: `PartitionKey eq '${chain}'` },
  })) {
    rows.push(row);
  }
  return rows;
}

/** The entries of a chain, in their order. */
export async function entriesOf(bed: TestBed, chain: string): Promise<RawEntry[]> {
  const rows = await rawRows(bed, chain);
  return rows
    .filter(({ rowKey }) => String(rowKey).startsWith('entry!'))
    .map((row) => {
      const header = JSON.parse(textIn(row, 'header')) as {
        sequence: number;
        time: string;
        kind: string;
        case: string | null;
      };
      const body = JSON.parse(textIn(row, 'body')) as {
        control?: string;
        resource?: string;
        traceparent?: string;
        payload: JsonObject;
      };
      const { control, resource, payload, traceparent } = body;
      return { ...header, control, resource, payload, traceparent };
    });
}

/** The open cases of a chain. */
export async function openCasesOf(bed: TestBed, chain: string): Promise<RawCase[]> {
  const rows = await rawRows(bed, chain);
  return rows
    .filter(({ rowKey }) => String(rowKey).startsWith('open!'))
    .map((row) => {
      const data = JSON.parse(textIn(row, 'data')) as JsonObject & { control: string; resource: string };
      return { control: data.control, resource: data.resource, state: String(row.state), data };
    });
}

/** Calls that Resource Manager got for a subscription since the last reset, by method. */
export function armCalls({ azure }: TestBed, subscription: string): { reads: number; writes: number } {
  const calls = azure.accounting.calls().filter(({ path }) => path.toLowerCase().includes(subscription));
  return {
    reads: calls.filter(({ method }) => method === 'GET').length,
    writes: calls.filter(({ method }) => method !== 'GET').length,
  };
}
