import { TableClient } from '@azure/data-tables';
import { QueueClient } from '@azure/storage-queue';
import type { Cloud } from '../../sandbox/cloud.ts';
import { credentialOf } from '../../sandbox/deploy.ts';
import type { WorkRecord } from '../../shared/work/work-record.ts';
import { parseRow, workKeys } from '../../shared/work/work-rows.ts';

/** What the app wrote into its storage account, read with a reader of its own. */
export type Place = Pick<Cloud, 'azure' | 'storage'>;

export interface Entry {
  readonly sequence: number;
  readonly time: string;
  readonly kind: string;
  readonly body: {
    readonly resource?: string;
    readonly control?: string;
    readonly traceparent?: string;
    readonly payload: Readonly<Record<string, unknown>>;
  };
}

type Row = Record<string, unknown>;

export function tableOf({ azure, storage }: Place, name: 'ledger' | 'work'): TableClient {
  return new TableClient(storage.urls.tables, name, credentialOf(azure, azure.operator));
}

export function queueOf({ azure, storage }: Place, name: string): QueueClient {
  return new QueueClient(`${storage.urls.queues}/${name}`, credentialOf(azure, azure.operator));
}

export async function rowsOf(place: Place, table: 'ledger' | 'work', partition?: string): Promise<Row[]> {
  const rows: Row[] = [];
  const queryOptions = partition === undefined ? {} : { filter: `PartitionKey eq '${partition}'` };
  for await (const row of tableOf(place, table).listEntities({ queryOptions })) {
    rows.push(row);
  }
  return rows;
}

/** The entries of a chain, in their order; one whose body is not in its row has none to speak of. */
export async function entriesOf(place: Place, chain: string): Promise<Entry[]> {
  const rows = await rowsOf(place, 'ledger', chain);
  return rows
    .filter(({ rowKey }) => String(rowKey).startsWith('entry!'))
    .map((row) => ({
      ...(JSON.parse(String(row.header)) as Omit<Entry, 'body'>),
      body: JSON.parse(textOf(row, 'body') || '{"payload":{}}') as Entry['body'],
    }));
}

/** The entries of a chain that concern a resource or what lies below it. */
export async function entriesAbout(place: Place, resource: string): Promise<Entry[]> {
  const chain = resource.split('/')[2] ?? '';
  const key = resource.toLowerCase();
  return (await entriesOf(place, chain)).filter(
    ({ body }) => body.resource?.toLowerCase().startsWith(key) === true,
  );
}

/** The work row of a root; undefined when it has none. */
export async function workOf(place: Place, root: string): Promise<WorkRecord | undefined> {
  const { partitionKey, rowKey } = workKeys(root);
  try {
    const row = await tableOf(place, 'work').getEntity(partitionKey, rowKey);
    return parseRow(row).record;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) {
      return undefined;
    }
    throw new Error('Cannot read the work row', { cause: (error as Error).message });
  }
}

/** Messages in a queue, hidden ones included; 0 when it does not exist. */
export async function messagesIn(place: Place, queue: string): Promise<number> {
  try {
    const { approximateMessagesCount = 0 } = await queueOf(place, queue).getProperties();
    return approximateMessagesCount;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) {
      return 0;
    }
    throw new Error('Cannot count messages', { cause: (error as Error).message });
  }
}

/** A text that is spread over numbered properties. */
function textOf(row: Row, name: string): string {
  let text = '';
  for (let index = 0; typeof row[`${name}${index}`] === 'string'; index += 1) {
    text += String(row[`${name}${index}`]);
  }
  return text;
}
