import { stringify } from 'csv-stringify/sync';
import { sha256 } from '../format/json.ts';
import type { ExportJob, ExportSummary } from './export-ndjson.ts';
import { readEntries, type StoredEntry } from './read-entries.ts';

/** The columns of a CSV export, each with what it holds. */
export const csvColumns = {
  chain: 'a subscription’s id, tenant, or service',
  sequence: 'number of the entry in its chain',
  time: 'UTC',
  kind: 'what the entry tells',
  case: 'the case it belongs to; empty for an entry of the chain itself',
  resource: 'Azure id',
  control: 'id of the control',
  actor: 'who did what the entry tells, as JSON',
  payload: 'the rest, as JSON; cut after 32,000 characters, as a cell of Excel holds no more',
  body: 'present, or erased',
  hash: 'name of the entry: what NDJSON exports and checkpoints know it by',
} as const;

const longestCell = 32_000;
const byteOrderMark = '\uFEFF';

/**
 * Writes the entries that the filter names as a table for people. It cannot be verified: that takes NDJSON. A cell that
 * a spreadsheet would take for a formula begins with an apostrophe.
 * @throws the signal's reason when it is aborted
 */
export async function exportCsv({
  store,
  manifest,
  ends,
  write,
  signal,
  onEntry,
}: ExportJob): Promise<ExportSummary> {
  let entries = 0;
  let bodies = 0;
  const short: { chain: string; to: number; head: number }[] = [];
  await write(byteOrderMark + csvLine(Object.keys(csvColumns)));
  for (const { chain } of manifest.chains) {
    let last = 0;
    for await (const entry of readEntries(store, chain, 1, manifest.filter)) {
      signal.throwIfAborted();
      last = entry.header.sequence;
      onEntry?.();
      if (entry.bodyText !== undefined || entry.erased) {
        await write(csvLine(cells(entry)));
        entries += 1;
        bodies += entry.bodyText === undefined ? 0 : 1;
      }
    }
    const head = ends.find((each) => each.chain === chain)?.sequence ?? 0;
    short.push(...(head > last ? [{ chain, to: last, head }] : []));
  }
  return { entries, bodies, short };
}

function cells({ header, headerText, bodyText }: StoredEntry): (string | number)[] {
  const body = bodyText === undefined ? {} : parsed(bodyText);
  return [
    header.chain,
    header.sequence,
    header.time,
    header.kind,
    header.case ?? '',
    cell(body.resource),
    cell(body.control),
    cell(body.actor),
    cell(body.payload),
    bodyText === undefined ? 'erased' : 'present',
    sha256(headerText),
  ];
}

/** A body that is not what it was is shown as far as it can be read. */
function parsed(bodyText: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(bodyText) as Record<string, unknown>;
  } catch {
    return { payload: bodyText };
  }
}

function cell(value: unknown): string {
  const text = value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > longestCell ? `${text.slice(0, longestCell)}… (cut)` : text;
}

function csvLine(record: readonly (string | number)[]): string {
  return stringify([[...record]], { record_delimiter: 'windows', escape_formulas: true });
}
