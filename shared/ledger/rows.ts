import { RemediationError } from '../errors.ts';
import { type ChainedHeader, genesis, type Position } from './format/entry.ts';
import { canonicalJson, type JsonObject } from './format/json.ts';
import { closedKey, entryKey, headKey, openKey, parseRowKey } from './format/keys.ts';
import { caseStates } from './format/states.ts';
import type { CaseRow, TellUnreadable } from './ledger.ts';
import type { NewRow, Row } from './table.ts';
import { joinText, splitText } from './text-properties.ts';

/** The end of a chain, and the data guarded together with it. */
export interface Head extends Position {
  /** Id of the commit that wrote the head. A commit recognises itself by this id after its answer was lost. */
  readonly commit: string;
  /** The hour, such as `2026-03-01T14`, whose started changes `changes` counts. */
  readonly hour: string;
  readonly changes: number;
  /** The engine's data. */
  readonly data: JsonObject;
}

/** The head of a chain without entries. */
export function emptyHead(chain: string): Head {
  return { ...genesis(chain), commit: '', hour: '', changes: 0, data: {} };
}

export function headRow(head: Head): NewRow {
  return {
    partitionKey: head.chain,
    rowKey: headKey,
    sequence: head.sequence,
    hash: head.hash,
    commit: head.commit,
    hour: head.hour,
    changes: head.changes,
    ...splitText('data', canonicalJson(head.data)),
  };
}

/** `body` is undefined if the body lies in a blob. */
export function entryRow(entry: ChainedHeader, body: string | undefined): NewRow {
  return {
    partitionKey: entry.header.chain,
    rowKey: entryKey(entry.header.sequence),
    header: entry.text,
    bodyIn: body === undefined ? 'blob' : 'row',
    ...(body === undefined ? {} : splitText('body', body)),
  };
}

export function openRow(chain: string, row: CaseRow): NewRow {
  return { partitionKey: chain, rowKey: openKey(row.key), ...caseProperties(row) };
}

export function closedRow(chain: string, row: CaseRow, closedAt: string): NewRow {
  return {
    partitionKey: chain,
    rowKey: closedKey(row.key, row.sequence),
    closedAt,
    ...caseProperties(row),
  };
}

function caseProperties(row: CaseRow): Record<string, string | number> {
  return {
    caseId: row.caseId,
    state: row.state,
    sequence: row.sequence,
    ...splitText('data', canonicalJson(row.data)),
  };
}

/** Reads a row as the head of its chain. */
export function parseHead(row: Row): Head {
  return {
    chain: text(row, 'partitionKey'),
    sequence: count(row, 'sequence'),
    hash: text(row, 'hash'),
    commit: text(row, 'commit'),
    hour: text(row, 'hour'),
    changes: count(row, 'changes'),
    data: data(row),
  };
}

/** The case of a row; undefined if the row is malformed, and then `tell` receives the row. */
export function readCase(row: Row, tell: TellUnreadable = () => undefined): CaseRow | undefined {
  try {
    return parseCase(row);
  } catch {
    tell({ key: String(row.rowKey).split('!')[1] ?? '' });
    return undefined;
  }
}

/** Reads an open or a closed row as its case. */
export function parseCase(row: Row): CaseRow {
  const name = parseRowKey(text(row, 'rowKey'));
  const state = caseStates.find((known) => known === row.state);
  if ((name.kind !== 'open' && name.kind !== 'closed') || state === undefined) {
    throw unreadable(row, 'state');
  }
  return {
    key: name.key,
    caseId: text(row, 'caseId'),
    state,
    sequence: count(row, 'sequence'),
    data: data(row),
  };
}

function text(row: Row, property: string): string {
  const value = row[property];
  if (typeof value !== 'string') {
    throw unreadable(row, property);
  }
  return value;
}

function count(row: Row, property: string): number {
  const value = row[property];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw unreadable(row, property);
  }
  return value;
}

function data(row: Row): JsonObject {
  try {
    return JSON.parse(joinText(row, 'data') ?? '') as JsonObject;
  } catch {
    throw unreadable(row, 'data');
  }
}

function unreadable(row: Row, property: string): RemediationError {
  return new RemediationError(
    'malformed-input',
    `Cannot read row "${String(row.rowKey)}" of chain "${String(row.partitionKey)}": "${property}" is not as written`,
  );
}
