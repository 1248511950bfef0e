import { stringify } from 'csv-stringify/sync';
import { sha256 } from '../format/json.ts';
import { unseen } from '../../text/unseen.ts';
import type { ExportJob, ExportSummary } from './export-ndjson.ts';
import { type ExportFinding, headFindings, placeOf, shortChains } from './findings.ts';
import { readEntries, type StoredEntry } from './read-entries.ts';

/** The columns of a CSV export, each with a description of its content. */
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
  body: 'present, erased (says its row; the verifier asks for the record), or missing',
  hash: 'name of the entry: what NDJSON exports and checkpoints know it by',
} as const;

const longestCell = 32_000;
const byteOrderMark = '\uFEFF';
/** Most rows of an Excel sheet, including the header row. */
export const mostRows = 1_048_576;

/**
 * Writes the entries that the filter names as a table for people. Only NDJSON can be verified, a table cannot. No cell can
 * begin a row of its own, or a formula, in a spreadsheet that separates by commas, tabs or semicolons.
 * @throws the signal's reason if it is aborted
 */
export async function exportCsv(job: ExportJob): Promise<ExportSummary> {
  const { store, manifest, ends, write, signal, onEntry } = job;
  let entries = 0;
  let bodies = 0;
  let found = 0;
  const onFinding = (finding: ExportFinding): void => {
    found += 1;
    job.onFinding?.(finding);
  };
  headFindings(ends).forEach(onFinding);
  await write(byteOrderMark + csvLine(Object.keys(csvColumns)));
  for (const { chain } of manifest.chains) {
    let to = 0;
    const onUnreadable = (key: string) => onFinding({ kind: 'entry-unreadable', chain, at: placeOf(key) });
    for await (const entry of readEntries(store, chain, 1, manifest.filter ?? {}, onUnreadable)) {
      signal.throwIfAborted();
      to = entry.header.sequence;
      onEntry?.();
      if (entry.bodyText !== undefined || entry.erased) {
        await write(csvLine(cells(entry)));
        entries += 1;
        bodies += entry.bodyText === undefined ? 0 : 1;
      }
    }
    shortChains(ends, [{ chain, to }]).forEach(onFinding);
  }
  return { entries, bodies, isWhole: found === 0 };
}

function cells({ header, headerText, bodyText, erased }: StoredEntry): (string | number)[] {
  const body = bodyText === undefined ? {} : parsed(bodyText);
  return [
    header.chain,
    header.sequence,
    header.time,
    header.kind,
    cell(header.case ?? ''),
    cell(body.resource),
    cell(body.control),
    cell(body.actor),
    cell(body.payload),
    bodyState({ bodyText, erased }),
    sha256(headerText),
  ];
}

function bodyState({ bodyText, erased }: Pick<StoredEntry, 'bodyText' | 'erased'>): string {
  if (bodyText !== undefined) {
    return 'present';
  }
  return erased?.record === undefined ? 'missing' : 'erased';
}

/** Shows an altered body as far as it is readable. */
function parsed(bodyText: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(bodyText) as Record<string, unknown>;
  } catch {
    return { payload: bodyText };
  }
}

function cell(value: unknown): string {
  const harmless = defused(textOf(value));
  return harmless.length > longestCell ? `${harmless.slice(0, longestCell).toWellFormed()}… (cut)` : harmless;
}

function textOf(value: unknown): string {
  if (value === undefined) {
    return '';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Beginning of a formula. Excel also takes the full-width signs of an East Asian keyboard. */
const formulaStart = /^(?=[\s"\uFFFD]*[=+\-@＝＋－＠])/u;
/** The same behind a semicolon, where some spreadsheets begin another cell. */
const innerStart = /;(?=[\s"\uFFFD]*[=+\-@＝＋－＠])/gu;

/** Text that no spreadsheet runs: a leading apostrophe marks it as text. */
function defused(text: string): string {
  return text.replace(unseen, '\uFFFD').replace(formulaStart, "'").replace(innerStart, ";'");
}

function csvLine(record: readonly (string | number)[]): string {
  return stringify([[...record]], { record_delimiter: 'windows', quoted: true, quoted_empty: true });
}
